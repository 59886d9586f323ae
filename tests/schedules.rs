//! Random delays of scheduled tasks: a delay of each due time by itself, so that it moves a task
//! and does not make it rarer.

use crate::common::quiet::{completed, components, lasting, simulate};

/// How often a thousand clients that are always on did a task in seven hours, after six hours of
/// warm-up.
fn done(task: &str, interval: &str, spread: &str) -> u64 {
    let clients = format!(
        "[cohort.c]\nclients = 1000\nnew_policy_share = \"0%\"\nchannel.enabled = false\n\
         {task} = {{ interval = \"{interval}\", spread = {spread} }}\n"
    );
    let text = lasting("7h", "1h", &(components("", "") + &clients));
    completed(&simulate(&text.replacen("warm_up = \"0s\"", "warm_up = \"6h\"", 1)), task)
}

/// One an hour by a thousand. With a random delay some pass the ends of the seven hours: ten
/// minutes at most move a twelfth of the clients over each, four standard deviations are 52.
#[test]
fn a_delay_of_each_due_time_does_not_lower_the_rate() {
    let ten = "{ dist = \"uniform\", low = \"0s\", high = \"10min\" }";
    for task in ["policy_poll", "location"] {
        assert_eq!(done(task, "60min", "\"0s\""), 7_000, "{task}");
        assert_eq!(done(task, "60min", "\"10min\""), 7_000, "{task}");
        let random = done(task, "60min", ten);
        assert!(random.abs_diff(7_000) < 52, "{task}: {random}");
    }
}

/// Nor does one that may be longer than the interval, or has no longest.
#[test]
fn a_delay_longer_than_the_interval_does_not_lower_the_rate() {
    let two_hours = "{ dist = \"uniform\", low = \"0s\", high = \"2h\" }";
    let exponential = "{ dist = \"exponential\", mean = \"1h\" }";
    for task in ["policy_poll", "heartbeat", "software_inventory"] {
        for spread in ["\"60min\"", two_hours, exponential] {
            // An interval on average: as many pass an end as there are clients.
            let count = done(task, "60min", spread);
            assert!(count.abs_diff(7_000) < 4 * 55, "{task}, {spread}: {count}");
        }
    }
}
