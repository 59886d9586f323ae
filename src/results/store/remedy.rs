//! Suggests a remedy for file system errors.

use std::io;

/// Windows error code: another process uses the file.
const SHARING_VIOLATION: i32 = 32;
/// Windows error code: another process has locked a part of the file.
const LOCK_VIOLATION: i32 = 33;

/// Returns whether another program has the file open.
pub(super) fn is_in_use(cause: &io::Error) -> bool {
    cfg!(windows) && is_in_use_on_windows(cause)
}

fn is_in_use_on_windows(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(SHARING_VIOLATION | LOCK_VIOLATION))
}

/// Returns whether the system denies access to the file.
pub(super) fn is_denied(cause: &io::Error) -> bool {
    cause.kind() == io::ErrorKind::PermissionDenied
}

/// Returns the remedy to append to a message about a file that cannot be read or written; empty if
/// none is known.
pub(super) fn remedy(cause: &io::Error) -> &'static str {
    if is_in_use(cause) {
        "; another program may have it open: close it there (for example in Excel) and repeat the \
         command"
    } else if is_denied(cause) && cfg!(windows) {
        // Windows also denies access when an open file is to be replaced.
        "; check the permissions of the file and its folder, and close the file in other programs"
    } else if is_denied(cause) {
        "; check the permissions of the file and its folder"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::super::StoreError;
    use super::*;

    #[test]
    fn a_sharing_violation_means_that_another_program_has_the_file_open() {
        for code in [SHARING_VIOLATION, LOCK_VIOLATION] {
            assert!(is_in_use_on_windows(&io::Error::from_raw_os_error(code)));
        }
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound] {
            assert!(!is_in_use_on_windows(&kind.into()), "{kind}");
        }
    }

    #[test]
    fn a_denied_permission_is_explained() {
        assert!(remedy(&io::ErrorKind::PermissionDenied.into()).contains("permissions"));
        assert_eq!(remedy(&io::ErrorKind::NotFound.into()), "");
        let cause = io::ErrorKind::PermissionDenied.into();
        let error = StoreError::NotReplaced { path: "x".into(), cause }.to_string();
        assert!(error.contains("permissions") && !error.contains("Excel"), "{error}");
    }
}
