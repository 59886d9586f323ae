//! Results as one HTML page: one file, no network.
//!
//! `Page` holds what a page says; `page.html` (minijinja), `page.css` and `page.js` decide how it
//! looks. uPlot (`vendor/uplot`) draws the interactive charts. A page shows the same charts, tables
//! and sentences as the terminal and the chart files.

mod cards;
mod chart;
mod latency_breakdown;
mod print;
mod published_limits;
mod run;
mod side_by_side;
mod study;
mod table;
mod values;
mod verdict;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use cards::Card;
use chart::{Interactive, Palettes};
use latency_breakdown::LatencyBreakdown;
use print::RunningHeader;
use table::Grid;
use verdict::Verdict;

use super::Tone;
use super::document::Section;
use crate::base::text::visible;

pub use run::StoredRun;
pub use study::Study;

/// Errors of writing a page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template does not match its data.
    #[error("cannot write the report: {0:#}")]
    Template(#[from] minijinja::Error),
    /// The data of the charts cannot be written as JSON.
    #[error("cannot write the data of the report: {0}")]
    Data(#[from] serde_json::Error),
}

/// The content of a page.
#[derive(Clone, Debug, Default, Serialize)]
struct Page {
    /// Title of the document.
    title: String,
    /// The question, as the first heading.
    headline: String,
    /// What was simulated, in one line.
    about: String,
    verdict: Option<Verdict>,
    cards: Vec<Card>,
    sections: Vec<PageSection>,
    /// Name and version of the program.
    made_by: String,
    /// Header of printed pages.
    running_header: RunningHeader,
}

/// A section of the page.
#[derive(Clone, Debug, Serialize)]
struct PageSection {
    /// Target of links.
    id: String,
    title: String,
    /// One line below the title.
    lead: String,
    /// Whether the reader opens it first.
    is_collapsed: bool,
    blocks: Vec<Block>,
}

impl PageSection {
    fn new(title: &str, lead: &str, blocks: Vec<Block>) -> Self {
        let letters = title.chars().map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
            _ => '-',
        });
        let id = letters.collect();
        let [title, lead] = [title, lead].map(str::to_owned);
        PageSection { id, title, lead, is_collapsed: false, blocks }
    }

    /// A section of a document.
    fn of(section: Section) -> Self {
        let (title, lead) = (section.title.clone(), section.remark.clone());
        let untitled = Section { title: String::new(), ..section };
        PageSection::new(&title, &capitalised(&lead), table::blocks(untitled))
    }

    /// The same section, closed at first: a planner seldom needs it.
    fn collapsed(self) -> Self {
        PageSection { is_collapsed: true, ..self }
    }

    /// The same section with a search field above each table.
    fn searchable(mut self) -> Self {
        for block in &mut self.blocks {
            if let Block::Table(grid) = block {
                *block = Block::Search(std::mem::take(grid));
            }
        }
        self
    }
}

/// A block of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Block {
    /// An interactive chart.
    Chart(Box<Interactive>),
    /// A chart file as an image: its scripts do not run.
    Image {
        title: String,
        address: String,
    },
    /// A chart as SVG.
    Drawing {
        title: String,
        svg: String,
    },
    Table(Grid),
    /// A table of many rows with a search field.
    Search(Grid),
    LatencyBreakdown(LatencyBreakdown),
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
    /// An image of an SVG document. Anybody may have made the folder that it comes from: inside the
    /// page its scripts would run, as an image they do not.
    fn image(name: &str, svg: &str) -> Self {
        let (percent, hash, line) = ("%25", "%23", "%0A");
        let escaped = svg.replace('%', percent).replace('#', hash).replace('\n', line);
        let address = format!("data:image/svg+xml;charset=utf-8,{escaped}");
        Block::Image { title: name.replace('-', " "), address }
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The page of one run.
///
/// # Errors
/// The same as those of [`page`].
pub fn one(run: &StoredRun) -> Result<Vec<u8>, PageError> {
    page(std::slice::from_ref(run), &[])
}

/// The page of one run or of several runs side by side, with studies as sections. Without a run it
/// is the page of the first study.
///
/// # Errors
/// If the page cannot be written, which is a defect of cmgsim.
pub fn page(runs: &[StoredRun], studies: &[Study]) -> Result<Vec<u8>, PageError> {
    let (mut page, others) = match (runs, studies) {
        ([], []) => (Page::default(), studies),
        ([], [first, others @ ..]) => (first.page(), others),
        ([run], _) => (run::page(run), studies),
        (runs, _) => (side_by_side::page(runs), studies),
    };
    for study in others {
        study.add_to(&mut page);
    }
    render(page)
}

/// The page as the bytes of a file.
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
    // No text in the data may end the script element.
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
    // Invisible characters become visible in text and in data, where JSON escapes them.
    Ok(visible(&text).into_owned().into_bytes())
}
