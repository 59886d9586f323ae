//! How far deployments are.

use super::{Axis, AxisUnit, Figure, timeline};
use crate::results::{ComplianceCurve, RunResult};

/// Up to so many deployments are shown with each of their steps.
const WITH_STEPS_MAX: usize = 2;

/// Share of its targets that each deployment has reached: policy, content and installed of one or
/// two, installed only of more; `None` without deployments.
pub(super) fn curves(result: &RunResult) -> Option<Figure> {
    let curves = &result.series.compliance;
    if curves.is_empty() {
        return None;
    }
    let with_steps = curves.len() <= WITH_STEPS_MAX;
    let (title, what) = if with_steps {
        ("How far deployments are", "clients that reached each step, of those it is for")
    } else {
        ("How far deployments are: installed", "clients that have installed it, of those it is for")
    };
    let axis = Axis::whole("share of its clients", AxisUnit::Share);
    let mut figure = timeline(result, "compliance", title, what, axis);
    // A curve is what was reached at the end of each bin.
    let starts = &result.series.start_s;
    let duration = std::iter::once(result.scenario.duration_s);
    let ends: Vec<f64> = starts.iter().skip(1).copied().chain(duration).collect();
    if with_steps {
        for curve in curves {
            for (step, values) in steps(curve) {
                let look = (figure.lines.len(), 1.0);
                figure.add_line(&format!("{}: {step}", curve.name), look, &ends, values);
            }
        }
    } else {
        let installed: Vec<(&str, &[f64])> =
            curves.iter().map(|one| (one.name.as_str(), one.installed.as_slice())).collect();
        figure.add_columns("installed", &ends, &installed);
    }
    Some(figure)
}

/// The steps of one deployment.
fn steps(curve: &ComplianceCurve) -> [(&str, &[f64]); 3] {
    [("policy", &curve.policy), ("content", &curve.content), ("installed", &curve.installed)]
}
