//! Files of `cmgsim calibrate`: rules, inputs that are not found, the output folder, and progress.

use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::logs::{InputError, Rules};
use crate::report::inputs as inputs_report;
use crate::results::logs::CopiedFile;
use crate::results::manifest::digest;
use crate::results::store::Store;

use super::super::failure::Failure;
use super::super::{Format, inputs, output};

/// Maximum size of a file of rules.
const RULES_BYTES_MAX: u64 = 1 << 20;

/// Returns the rules, with those of the file `path` first, and the hash of the file.
pub(super) fn rules(path: Option<&Path>) -> Result<(Rules, String), Failure> {
    let Some(path) = path else { return Ok((Rules::builtin(), digest(b""))) };
    let what = || format!("cannot read --rules {}", path.display());
    let error = |cause| Failure::System { what: what(), cause };
    if fs::metadata(path).map_err(error)?.len() > RULES_BYTES_MAX {
        return Err(Failure::Refused(format!("{}: the file is too large", what())));
    }
    let bytes = fs::read(path).map_err(error)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::Refused(format!("{}: save it as UTF-8", what())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let rules = Rules::with_file(&path.display().to_string(), text)
        .map_err(|error| Failure::Refused(error.to_string()))?;
    Ok((rules, digest(text.as_bytes())))
}

/// Returns the failure for inputs that are not found.
pub(super) fn not_found(error: InputError) -> Failure {
    match error {
        InputError::Folder { path, cause } => {
            Failure::System { what: format!("cannot read the folder {}", path.display()), cause }
        }
        error => Failure::Usage(error.to_string()),
    }
}

/// Maximum number of warnings about files with the same rows.
const COPIED_MAX: usize = 3;

/// Warns about files with the same rows.
pub(super) fn warn_copied(copied: &[CopiedFile]) -> Result<(), Failure> {
    for one in copied.iter().take(COPIED_MAX) {
        output::warn(&format!("warning: {}\n", inputs_report::copied(one)))?;
    }
    Ok(())
}

/// Opens the output folder before reading, so that an invalid folder is reported at once.
pub(super) fn store(out: Option<&Path>) -> Result<Option<Store>, Failure> {
    let Some(out) = out else { return Ok(None) };
    inputs::refuse_folder(out)?;
    Ok(Some(Store::create(out)?))
}

/// Returns a progress bar without an end.
pub(super) fn bar(format: Format) -> ProgressBar {
    let target = match output::is_quiet() || format == Format::Json {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        bar.set_style(style);
    }
    bar
}
