//! Checks that the terms of the glossary are unique, in alphabetical order and defined in one
//! sentence each.

use super::markdown::Page;
use super::{assert_none, root};

#[test]
fn the_glossary_has_one_sentence_per_term_in_alphabetical_order() {
    let page = Page::read(root(), "docs/glossary.md".to_owned());
    let mut wrong = Vec::new();
    let mut previous = String::new();
    for section in page.text.split("\n## ").skip(1) {
        let (term, text) = section.split_once('\n').unwrap_or((section, ""));
        let key = term.to_lowercase();
        if key == previous {
            wrong.push(format!("{term}: duplicate term"));
        } else if key < previous {
            wrong.push(format!("{term}: not in alphabetical order"));
        }
        previous = key;
        let text = text.trim();
        let is_sentence = text.ends_with('.') && !text.contains(". ") && !text.contains(".\n");
        if !is_sentence {
            wrong.push(format!("{term}: must be exactly one sentence"));
        }
    }
    assert!(!previous.is_empty(), "docs/glossary.md has no terms");
    assert_none("docs/glossary.md", &wrong);
}
