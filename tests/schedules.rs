//! A random delay applies to each due time of a scheduled task separately, so it shifts the task
//! without reducing its rate.

use crate::common::quiet::{completed, components, lasting, simulate};

/// Returns how often 1,000 always-on clients run a task during the seven hours after a warm-up of
/// six hours.
fn done(task: &str, interval: &str, spread: &str) -> u64 {
    let clients = format!(
        "[cohort.c]\nclients = 1000\nnew_policy_share = \"0%\"\nchannel.enabled = false\n\
         {task} = {{ interval = \"{interval}\", spread = {spread} }}\n"
    );
    let text = lasting("7h", "1h", &(components("", "") + &clients));
    completed(&simulate(&text.replacen("warm_up = \"0s\"", "warm_up = \"6h\"", 1)), task)
}

/// 1,000 clients run the task once per hour. A random delay of up to ten minutes is five minutes on
/// average, so it moves 1,000 / 12 task executions across each end of the seven hours; four
/// standard deviations are 52.
#[test]
fn a_delay_after_each_due_time_does_not_lower_the_rate() {
    let ten = "{ dist = \"uniform\", low = \"0s\", high = \"10min\" }";
    for task in ["policy_poll", "location"] {
        assert_eq!(done(task, "60min", "\"0s\""), 7_000, "{task}");
        assert_eq!(done(task, "60min", "\"10min\""), 7_000, "{task}");
        let random = done(task, "60min", ten);
        assert!(random.abs_diff(7_000) < 52, "{task}: {random}");
    }
}

/// The delay may exceed the interval or be unbounded.
#[test]
fn a_delay_longer_than_the_interval_does_not_lower_the_rate() {
    let two_hours = "{ dist = \"uniform\", low = \"0s\", high = \"2h\" }";
    let exponential = "{ dist = \"exponential\", mean = \"1h\" }";
    for task in ["policy_poll", "heartbeat", "software_inventory"] {
        for spread in ["\"60min\"", two_hours, exponential] {
            // The mean delay is one interval, so 1,000 runs cross each end of the seven hours.
            let count = done(task, "60min", spread);
            assert!(count.abs_diff(7_000) < 4 * 55, "{task}, {spread}: {count}");
        }
    }
}
