//! Checks that the pages in `docs/notebooks/` contain the cells of the notebooks.
//! `python/render_notebooks.py --check` also executes the notebooks and compares the results.

use std::fs;

use serde_json::Value;

use super::markdown::Page;
use super::{assert_none, root};

/// Returns the lines of all cells of a notebook, as its page shows them.
fn lines(notebook: &Value) -> Vec<String> {
    let cells = notebook["cells"].as_array().expect("a notebook has cells");
    let sources = cells.iter().flat_map(|cell| cell["source"].as_array().expect("lines"));
    let as_shown = |line: &Value| {
        let line = line.as_str().expect("a line is text").trim_end();
        line.replace("](../docs/", "](../").replace(".ipynb)", ".md)")
    };
    sources.map(as_shown).filter(|line| !line.is_empty()).collect()
}

#[test]
fn pages_of_notebooks_contain_all_cells() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(root().join("notebooks")).expect("folder is readable") {
        let path = entry.expect("entry is readable").path();
        if path.extension().is_none_or(|ending| ending != "ipynb") {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(&path).expect("notebook is readable");
        let notebook = serde_json::from_str(&text).expect("notebook is JSON");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let page = Page::read(root(), format!("docs/notebooks/{name}.md"));
        let mut shown = page.text.lines();
        let missing = lines(&notebook).into_iter().find(|line| !shown.any(|it| it == line));
        wrong.extend(missing.map(|line| format!("{} lacks this line: {line}", page.name)));
    }
    assert!(count >= 6, "only {count} notebooks found");
    assert_none("out of date; run `python python/render_notebooks.py`", &wrong);
}
