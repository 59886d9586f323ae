//! Bar charts: the cost of a month by item.

use super::canvas::{Anchor, Canvas};
use super::draw::{Drawing, Heading};
use super::plot::{MARGIN, RIGHT_MARGIN, thin};
use super::style::{LEGEND, TICK};
use super::theme::{AMOUNT, SOFT};
use crate::report::format;
use crate::report::summary::bill as table;
use crate::results::{CostLine, RunResult};

/// Maximum number of bars; if there are more amounts, the last bar is the sum of the smallest ones.
const BARS_MAX: usize = 12;

const TOP: f64 = 92.0;
const NOTE_ROW: f64 = 20.0;
const ROW_MAX: f64 = 40.0;
/// Height of a bar as a share of its row.
const FILLED: f64 = 0.6;

/// Amounts as horizontal bars.
#[derive(Clone, Debug)]
pub struct Bars {
    heading: Heading,
    bars: Vec<Bar>,
    /// Notes below the bars.
    notes: Vec<String>,
}

/// A bar.
#[derive(Clone, Debug)]
struct Bar {
    label: String,
    amount: f64,
    text: String,
}

/// Returns the cost of a month, the highest amounts first; `None` if all amounts are zero or
/// instances have no price.
pub(super) fn bill(result: &RunResult) -> Option<Bars> {
    let (cost, prices) = (&result.cost, &result.scenario.prices);
    let money = |amount: f64| table::currency(prices, amount);
    let total = cost.total_per_month?;
    let costs = |line: &CostLine| line.cost_per_month.unwrap_or(0.0);
    let mut lines: Vec<&CostLine> = cost.lines.iter().filter(|line| costs(line) > 0.0).collect();
    if lines.is_empty() {
        return None;
    }
    lines.sort_by(|one, other| costs(other).total_cmp(&costs(one)));
    let kept = if lines.len() > BARS_MAX { BARS_MAX - 1 } else { lines.len() };
    let bar = |label: String, amount: f64| Bar {
        label,
        amount,
        text: format!("{} · {}", money(amount), format::share(amount / total)),
    };
    let mut bars: Vec<Bar> =
        lines[..kept].iter().map(|line| bar(line.item.clone(), costs(line))).collect();
    let rest = &lines[kept..];
    if !rest.is_empty() {
        let sum = rest.iter().map(|line| costs(line)).sum();
        bars.push(bar(format!("{} smaller items", rest.len()), sum));
    }
    let title = format!("{}: {}", table::title(result), money(total));
    let what = "extrapolated from the measured period";
    let heading = super::heading_of(result, "cost", &title, what);
    Some(Bars { heading, bars, notes: notes(result) })
}

fn notes(result: &RunResult) -> Vec<String> {
    let prices = &result.scenario.prices;
    let of = if prices.date.is_empty() { String::new() } else { format!(" of {}", prices.date) };
    let mut notes = vec![match prices.is_example {
        true => format!("Example prices{of}, not verified. Set your own in [prices]."),
        false => format!("Prices{of} from the scenario."),
    }];
    let free = result.cost.lines.iter().filter(|line| line.cost_per_month == Some(0.0));
    let free = free.map(|line| line.item.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(missing) = table::missing_prices(&result.cost) {
        notes.push(format!("{missing}."));
    }
    if !free.is_empty() {
        notes.push(format!("No cost: {free}."));
    }
    notes
}

impl Drawing for Bars {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        let top = TOP + lower;
        let width = canvas.right() - 2.0 * MARGIN;
        let notes: Vec<String> =
            self.notes.iter().flat_map(|note| canvas.wrapped(note, TICK, width)).collect();
        let bottom = canvas.bottom() - 2.0 * MARGIN - NOTE_ROW * notes.len() as f64;
        let widest = canvas.right() / 3.0;
        let (mut beside, mut after) = (0.0_f64, 0.0_f64);
        for bar in &self.bars {
            beside = beside.max(canvas.width(&bar.label, LEGEND).min(widest));
            after = after.max(canvas.width(&bar.text, LEGEND));
        }
        let left = MARGIN + beside + 12.0;
        let right = canvas.right() - RIGHT_MARGIN - after - 10.0;
        let row = ((bottom - top) / self.bars.len().max(1) as f64).min(ROW_MAX);
        let most = self.bars.iter().map(|bar| bar.amount).fold(0.0, f64::max);
        for (place, bar) in self.bars.iter().enumerate() {
            let middle = top + row * (place as f64 + 0.5);
            let (upper, lower) = (middle - row * FILLED / 2.0, middle + row * FILLED / 2.0);
            // Give bars of small amounts a visible width.
            let end = left + ((right - left) * bar.amount / most).max(2.0);
            canvas.rectangle([(left, upper), (end, lower)], AMOUNT);
            let label = canvas.fitted_name(&bar.label, LEGEND, widest);
            canvas.text(&label, (left - 12.0, middle), LEGEND, Anchor::Right);
            canvas.text(&bar.text, (end + 10.0, middle), LEGEND, Anchor::Beside);
        }
        let end = top + row * self.bars.len() as f64;
        canvas.line(&[(left, top), (left, end)], thin(SOFT));
        for (place, note) in notes.iter().enumerate() {
            let y = end + MARGIN + NOTE_ROW * place as f64;
            canvas.text(note, (MARGIN, y), TICK, Anchor::Left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, svg};

    fn line(what: &str, per_month: f64, unit_price: Option<f64>) -> CostLine {
        CostLine {
            item: what.to_owned(),
            cost_per_month: unit_price.map(|_| per_month),
            unit_price,
            price_key: format!("prices.{what}"),
            quantity_per_month: 1.0,
            ..CostLine::default()
        }
    }

    fn run(lines: Vec<CostLine>) -> RunResult {
        let mut result = RunResult::default();
        result.scenario.prices.currency = "EUR".to_owned();
        result.scenario.prices.is_example = true;
        result.cost.total_per_month =
            Some(lines.iter().filter_map(|line| line.cost_per_month).sum());
        result.cost.lines = lines;
        result
    }

    #[test]
    fn bars_add_up_to_the_total_in_descending_order() {
        let mut lines: Vec<CostLine> =
            (1..=20).map(|k| line(&format!("line {k}"), f64::from(k), Some(1.0))).collect();
        lines.push(line("storage", 5.0, None));
        lines.push(line("addresses", 0.0, Some(0.1)));
        let bars = bill(&run(lines)).expect("a bill");
        assert_eq!(bars.bars.len(), BARS_MAX);
        assert_eq!(bars.bars[0].label, "line 20");
        assert_eq!(bars.bars[BARS_MAX - 1].label, "9 smaller items");
        assert_eq!(bars.bars.iter().map(|bar| bar.amount).sum::<f64>(), 210.0);
        assert_eq!(bars.bars[0].text, "20.00 EUR · 9.5 %");
        let drawn = svg(&bars, &Look::default());
        for text in ["210.00 EUR", "example prices", "set prices.storage", "addresses"] {
            assert!(drawn.contains(text), "{text}");
        }
    }

    #[test]
    fn without_costs_there_is_no_chart() {
        assert!(bill(&RunResult::default()).is_none());
        assert!(bill(&run(vec![line("VM instances of main", 0.0, Some(0.0))])).is_none());
        let mut unpriced = run(vec![line("VM instances of main", 0.0, None)]);
        unpriced.cost.total_per_month = None;
        assert!(bill(&unpriced).is_none());
    }
}
