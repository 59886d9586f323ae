//! Reads code blocks, headings and links of Markdown pages for the tests of the book.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A Markdown page and its path relative to the repository root.
pub struct Page {
    pub name: String,
    pub text: String,
}

impl Page {
    pub fn read(root: &Path, name: String) -> Page {
        let text = fs::read_to_string(root.join(&name))
            .unwrap_or_else(|_| panic!("{name} is not readable"));
        Page { name, text: text.replace("\r\n", "\n") }
    }

    pub fn read_if_text(root: &Path, name: &str) -> Option<Page> {
        name.ends_with(".md").then(|| Page::read(root, name.to_owned()))
    }

    /// Returns the path from the repository root to which a link of this page refers.
    pub fn resolve(&self, link: &str) -> String {
        if link.is_empty() {
            return self.name.clone();
        }
        let mut parts: Vec<&str> = self.name.split('/').collect();
        parts.pop();
        for part in link.split('/') {
            match part {
                "." | "" => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        parts.join("/")
    }
}

/// A fenced code block.
pub struct Block {
    pub language: String,
    pub text: String,
    /// Number of the line with the opening fence.
    pub line: usize,
    /// File name in a preceding comment such as `<!-- file: contoso.toml -->`.
    pub file: Option<String>,
}

/// Returns the code blocks of a page, in order.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut is_open = false;
    let mut file = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            if !is_open {
                let (language, line) = (language.to_owned(), number + 1);
                found.push(Block { language, text: String::new(), line, file: file.take() });
            }
            is_open = !is_open;
        } else if let Some(block) = found.last_mut().filter(|_| is_open) {
            block.text.push_str(line);
            block.text.push('\n');
        } else if let Some(comment) = line.strip_prefix("<!-- file: ") {
            file = comment.strip_suffix(" -->").map(str::to_owned);
        }
    }
    assert!(!is_open, "a code block is not closed");
    found
}

/// Returns the lines of a page outside code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns a text without its inline code.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// Returns the targets of links and images.
pub fn links(text: &str) -> Vec<String> {
    let prose: Vec<&str> = prose(text).collect();
    let prose = without_code(&prose.join("\n"));
    let targets = prose.split("](").skip(1);
    targets.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// Returns the anchors of the headings as GitHub and mdBook generate them: lower case, hyphens
/// instead of spaces, no punctuation; a repeated heading gets the suffix `-1`.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(text).filter(|line| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter_map(|one| match one {
            ' ' => Some('-'),
            '-' | '_' => Some(one),
            one => one.is_alphanumeric().then_some(one),
        });
        let anchor: String = kept.collect();
        let count = (0..).find(|count| !found.contains(&numbered(&anchor, *count)));
        found.insert(numbered(&anchor, count.expect("an unused number exists")));
    }
    found
}

fn numbered(anchor: &str, count: u32) -> String {
    if count == 0 { anchor.to_owned() } else { format!("{anchor}-{count}") }
}

#[test]
fn links_and_anchors_are_found() {
    let text =
        "# How *many*?\n[a](b.md#c) `[no](x)` ![i](p.png)\n```sh\n[no](y)\n```\n# How many\n";
    assert_eq!(links(text), ["b.md#c", "p.png"]);
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), ["how-many", "how-many-1"]);
    assert_eq!(blocks(text)[0].text, "[no](y)\n");
}
