//! Results as one self-contained HTML page that loads nothing from the network.
//!
//! `Page` holds the content of a page; `page.html` (minijinja), `page.css` and `page.js` define its
//! appearance. uPlot (`vendor/uplot`) draws the interactive charts. A page shows the same charts,
//! tables and sentences as the terminal and the chart files.

mod calibration;
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

pub use calibration::calibration;
pub use run::StoredRun;
pub use study::Study;

/// Errors that occur while a page is written.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template does not match its data.
    #[error("cannot write the report: {0:#}")]
    Template(#[from] minijinja::Error),
    /// The chart data cannot be serialised as JSON.
    #[error("cannot write the data of the report: {0}")]
    Data(#[from] serde_json::Error),
}

/// Content of a page.
#[derive(Clone, Debug, Default, Serialize)]
struct Page {
    /// Title of the document.
    title: String,
    /// Question that the page answers, as the main heading.
    headline: String,
    /// One-line description of what was simulated.
    about: String,
    verdict: Option<Verdict>,
    cards: Vec<Card>,
    sections: Vec<PageSection>,
    /// Name and version of the program.
    made_by: String,
    /// Header of printed pages.
    running_header: RunningHeader,
}

/// Section of the page.
#[derive(Clone, Debug, Serialize)]
struct PageSection {
    /// Anchor for links.
    id: String,
    title: String,
    /// One line below the title.
    lead: String,
    /// Whether the section is collapsed at first.
    is_collapsed: bool,
    /// Whether the blocks are pairs, each a chart and a table beside it.
    has_pairs: bool,
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
        PageSection { id, title, lead, is_collapsed: false, has_pairs: false, blocks }
    }

    /// Converts a section of a document.
    fn of(section: Section) -> Self {
        let (title, lead) = (section.title.clone(), section.remark.clone());
        let untitled = Section { title: String::new(), ..section };
        PageSection::new(&title, &capitalised(&lead), table::blocks(untitled))
    }

    /// Returns the section collapsed, for details that a planner seldom needs.
    fn collapsed(self) -> Self {
        PageSection { is_collapsed: true, ..self }
    }

    /// Returns the section with a search field above each table.
    fn searchable(mut self) -> Self {
        for block in &mut self.blocks {
            if let Block::Table(grid) = block {
                *block = Block::Search(std::mem::take(grid));
            }
        }
        self
    }
}

/// Block of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Block {
    /// Interactive chart.
    Chart(Box<Interactive>),
    /// Chart file embedded as an image, so that its scripts do not run.
    Image {
        title: String,
        address: String,
    },
    /// Chart as inline SVG.
    Drawing {
        title: String,
        svg: String,
    },
    Table(Grid),
    /// Long table with a search field.
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
    /// Returns an SVG document as an image. The folder may come from an untrusted source: scripts
    /// would run in inline SVG, but not in an image.
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

/// Renders the page of one run.
///
/// # Errors
/// Fails if the page template is invalid.
pub fn one(run: &StoredRun) -> Result<Vec<u8>, PageError> {
    page(std::slice::from_ref(run), &[])
}

/// Renders the page of one run, or of several runs side by side, with studies as sections. Without
/// a run, it renders the page of the first study.
///
/// # Errors
/// Returns an error if the page cannot be written, which is a defect in cmgsim.
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

/// Renders the page as the bytes of a file.
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
    // Prevent texts in the data from closing the script element.
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
    // Make invisible characters visible in texts, and escape them in JSON data.
    Ok(visible(&text).into_owned().into_bytes())
}
