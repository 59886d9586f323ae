//! Results as one HTML page that needs nothing else: no network, no other file.
//!
//! What a page says is decided here (`Page`); how it looks is in `page.html` (minijinja),
//! `page.css` and `page.js`; interactive charts are drawn by uPlot (`vendor/uplot`). A page holds
//! the same charts, tables and sentences as the terminal and the pictures.

mod cards;
mod chart;
mod run;
mod several;
mod study;
mod table;
mod values;
mod way;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use cards::Card;
use chart::{Interactive, Palettes};
use table::Grid;
use way::Waterfall;

use super::Tone;
use super::document::Section;
use crate::base::text::visible;

pub use run::StoredRun;
pub use study::Study;

/// Why a page cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template does not fit what it is given.
    #[error("cannot write the report: {0:#}")]
    Template(#[from] minijinja::Error),
    /// The data of the charts cannot be written.
    #[error("cannot write the report's data: {0}")]
    Data(#[from] serde_json::Error),
}

/// What a page says.
#[derive(Clone, Debug, Default, Serialize)]
struct Page {
    /// Title of the document.
    title: String,
    /// The question, as the headline.
    headline: String,
    /// What was simulated, in a line.
    about: String,
    /// The verdict, the most important sentence first.
    verdict: Vec<String>,
    /// How serious it is.
    tone: Tone,
    cards: Vec<Card>,
    sections: Vec<PageSection>,
    /// What made the page.
    made_by: String,
}

/// A part of the page with a title.
#[derive(Clone, Debug, Serialize)]
struct PageSection {
    /// For links.
    id: String,
    title: String,
    /// A line below the title.
    lead: String,
    blocks: Vec<Block>,
}

impl PageSection {
    fn new(title: &str, lead: &str, blocks: Vec<Block>) -> Self {
        let letters = title.chars().map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
            _ => '-',
        });
        let id = letters.collect();
        PageSection { id, title: title.to_owned(), lead: lead.to_owned(), blocks }
    }

    /// A section of a document.
    fn of(section: Section) -> Self {
        let (title, lead) = (section.title.clone(), section.remark.clone());
        let untitled = Section { title: String::new(), ..section };
        PageSection::new(&title, &capitalised(&lead), table::blocks(untitled))
    }

    /// The same with fields to search its tables.
    fn searchable(mut self) -> Self {
        for block in &mut self.blocks {
            if let Block::Table(grid) = block {
                *block = Block::Search(std::mem::take(grid));
            }
        }
        self
    }
}

/// What a section holds.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Block {
    /// An interactive chart.
    Chart(Box<Interactive>),
    /// A picture as an image, in which nothing can run.
    Picture {
        title: String,
        address: String,
    },
    /// A chart of our own, drawn as it is for slides.
    Drawing {
        title: String,
        svg: String,
    },
    Table(Grid),
    /// A table of many rows with a field to search in.
    Search(Grid),
    Waterfall(Waterfall),
    Note {
        text: String,
    },
    List {
        lines: Vec<String>,
    },
    Code {
        text: String,
    },
}

impl Block {
    /// A picture of an SVG document. It may come from a folder that somebody else has made: within
    /// the page its scripts would run, as an image they do not.
    fn picture(name: &str, svg: &str) -> Self {
        let (percent, hash, line) = ("%25", "%23", "%0A");
        let escaped = svg.replace('%', percent).replace('#', hash).replace('\n', line);
        let address = format!("data:image/svg+xml;charset=utf-8,{escaped}");
        Block::Picture { title: name.replace('-', " "), address }
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The page of one run.
///
/// # Errors
/// As those of `page`.
pub fn one(run: &StoredRun) -> Result<Vec<u8>, PageError> {
    page(std::slice::from_ref(run), &[])
}

/// The page of a run or of several side by side, with studies as sections of it; without a run the
/// page of the first study.
///
/// # Errors
/// If the page cannot be written, which is an error of ours.
pub fn page(runs: &[StoredRun], studies: &[Study]) -> Result<Vec<u8>, PageError> {
    let (mut page, others) = match (runs, studies) {
        ([], []) => (Page::default(), studies),
        ([], [first, others @ ..]) => (first.page(), others),
        ([run], _) => (run::page(run), studies),
        (runs, _) => (several::page(runs), studies),
    };
    for study in others {
        study.add_to(&mut page);
    }
    render(page)
}

/// The page as a file.
fn render(mut page: Page) -> Result<Vec<u8>, PageError> {
    // The script finds the data of a chart by its number.
    let mut charts = Vec::new();
    for block in page.sections.iter_mut().flat_map(|section| &mut section.blocks) {
        if let Block::Chart(chart) = block {
            chart.number = charts.len();
            charts.push(&chart.data);
        }
    }
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.add_template("page", include_str!("page.html"))?;
    let data = serde_json::json!({ "charts": charts, "palettes": Palettes::all() });
    // Nothing in it may end the script that holds it.
    let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
    let text = templates.get_template("page")?.render(context! {
        page => Value::from(Serde(&page)),
        data => data,
        style => include_str!("page.css"),
        script => include_str!("page.js"),
        uplot_style => include_str!("vendor/uplot/uPlot.min.css"),
        uplot_script => include_str!("vendor/uplot/uPlot.iife.min.js"),
        uplot_licence => include_str!("vendor/uplot/LICENSE"),
    })?;
    // Data and text alike: what is hidden is shown, in scripts by their own escapes.
    Ok(visible(&text).into_owned().into_bytes())
}
