//! Reading of the texts in input files, without a format.

use std::io::{self, Read};

use super::input::Input;
use super::source::{each_text, explained, standard_input};

/// Calls `read` with the name and the decompressed and decoded text of each input and of each
/// member of an archive, until it returns false. Returns the inputs that could not be opened, with
/// the reason.
pub fn read_texts(
    inputs: &[Input],
    stdin: &mut dyn Read,
    read: &mut dyn FnMut(&str, &mut dyn Read) -> bool,
) -> Vec<(String, String)> {
    let mut unopened: Vec<(String, String)> = Vec::new();
    for input in inputs {
        let mut goes_on = true;
        let mut one = |name: &str, text: io::Result<&mut dyn Read>| {
            match text {
                Ok(text) => goes_on = read(name, text),
                Err(error) => unopened.push((name.to_owned(), explained(&error))),
            }
            goes_on
        };
        let (name, outcome) = match input {
            Input::File(path) => (path.display().to_string(), each_text(path, &mut one)),
            Input::StandardInput => ("standard input".to_owned(), standard_input(stdin, &mut one)),
        };
        if let Err(error) = outcome {
            unopened.push((name, explained(&error)));
        }
        if !goes_on {
            break;
        }
    }
    unopened
}
