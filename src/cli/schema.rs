//! `cmgsim schema`.

use crate::scenario::schema;

use super::failure::Failure;
use super::output;

pub(super) fn execute() -> Result<(), Failure> {
    output::print(&format!("{:#}\n", schema::json_schema()))
}
