//! Suggests a remedy for file system errors.

use std::io;

/// Windows error code: another process uses the file.
const SHARING_VIOLATION: i32 = 32;
/// Windows error code: another process has locked a part of the file.
const LOCK_VIOLATION: i32 = 33;

/// Returns whether another program has the file open. Windows also denies access when an open file
/// is to be replaced.
pub(super) fn is_in_use(cause: &io::Error) -> bool {
    cfg!(windows) && is_in_use_on_windows(cause)
}

fn is_in_use_on_windows(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(SHARING_VIOLATION | LOCK_VIOLATION))
        || cause.kind() == io::ErrorKind::PermissionDenied
}

/// Returns the remedy to append to a message about a file that cannot be read or written; empty if
/// none is known.
pub(super) fn remedy(cause: &io::Error) -> &'static str {
    if is_in_use(cause) {
        "; another program may have it open: close it there (for example in Excel) and repeat the \
         command"
    } else if cause.kind() == io::ErrorKind::PermissionDenied {
        "; check the permissions of the file and its folder"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sharing_violation_means_that_another_program_has_the_file_open() {
        for code in [SHARING_VIOLATION, LOCK_VIOLATION] {
            assert!(is_in_use_on_windows(&io::Error::from_raw_os_error(code)));
        }
        assert!(is_in_use_on_windows(&io::ErrorKind::PermissionDenied.into()));
        assert!(!is_in_use_on_windows(&io::ErrorKind::NotFound.into()));
    }

    #[cfg(unix)]
    #[test]
    fn a_denied_permission_is_explained() {
        assert!(remedy(&io::ErrorKind::PermissionDenied.into()).contains("permissions"));
        assert_eq!(remedy(&io::ErrorKind::NotFound.into()), "");
    }
}
