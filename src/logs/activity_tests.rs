//! Tests of servers, clients per hour, activity and divided logs, with generated logs of known
//! truth.

use super::concurrency::estimated_end;
use super::generated::{FIELDS, row};
use super::*;
use crate::calibrate::fit::queueing::numbers_at_estimated_arrival;

/// Start of the day of the generated rows, 2026-11-30, in seconds.
const START: i64 = 20_787 * 86_400;

/// A logged request: second of its end, client, `time-taken` in milliseconds.
type Request = (u64, u64, u64);

fn log(requests: &[Request]) -> String {
    let rows = requests.iter().map(|(end, client, time)| row(*end, *client, *time));
    FIELDS.to_owned() + &rows.collect::<String>()
}

fn read(log: &str, hold_out_from: Option<i64>) -> (Tallies, Option<Tallies>) {
    let rules = Rules::builtin();
    let mut reader = LogReader::with_hold_out(&rules, None, hold_out_from);
    reader.read("a.log", &mut log.as_bytes(), &mut |_| true);
    reader.finish_both()
}

/// Returns requests with ends in order. Arrivals are random with the given mean gap; one of 50
/// requests takes up to 190 s, and one of 5000 takes up to an hour.
fn requests(count: u64, gap_ms: u64) -> Vec<Request> {
    let (mut arrival, mut found) = (4_000_000, Vec::new());
    for number in 0..count {
        let random = sample::mixed(number);
        arrival += random % (2 * gap_ms + 1);
        let limit = match random >> 40 {
            one if one % 5000 == 7 => 3_600_000,
            one if one % 50 == 8 => 190_000,
            _ => 300,
        };
        let taken = (random >> 13) % limit;
        found.push((arrival + taken, number % 1000, taken));
    }
    found.sort_unstable();
    found.into_iter().map(|(end, client, taken)| (end / 1000, client, taken)).collect()
}

/// Returns the bounds by direct comparison of all requests, as estimated arrival and bound, with
/// the random fractions of the rows of the log.
fn brute_force(requests: &[Request]) -> Vec<(i64, u32)> {
    let lines = FIELDS.lines().count() as u64 + 1..;
    let end_ms = |(line, (end, ..)): (u64, &Request)| {
        estimated_end(*end as i64, server::position_hash((0, line)))
    };
    let ends: Vec<i64> = lines.zip(requests).map(end_ms).collect();
    let seconds: Vec<f64> = ends.iter().map(|end| *end as f64 / 1000.0).collect();
    let taken: Vec<f64> = requests.iter().map(|(.., taken)| *taken as f64 / 1000.0).collect();
    let bounds = numbers_at_estimated_arrival(&seconds, &taken, 1.0, 0.001);
    let arrivals = requests.iter().zip(&ends).map(|((.., taken), end)| end - *taken as i64);
    arrivals.map(|arrival| START * 1000 + arrival).zip(bounds).collect()
}

/// Compares the sample with the numbers of the direct comparison. Returns the number of
/// observations with a bound, the sum of the differences and the largest one.
fn compare(sample: &[ServerObservation], mut expected: Vec<(i64, u32)>) -> (usize, u64, u32) {
    expected.sort_unstable();
    let (mut known, mut sum, mut largest) = (0, 0, 0);
    for one in sample.iter().filter(|one| one.number_at_arrival_max < u32::MAX) {
        let at = expected.partition_point(|(arrival, _)| *arrival < one.arrival_ms);
        assert_eq!(expected[at].0, one.arrival_ms, "the arrival is exact");
        // The number depends only on the estimated arrival.
        let excess = one.number_at_arrival_max.checked_sub(expected[at].1);
        let excess = excess.expect("the bound is not below the number");
        (known, sum, largest) = (known + 1, sum + u64::from(excess), largest.max(excess));
    }
    (known, sum, largest)
}

#[test]
fn bounds_are_close_to_the_direct_comparison_and_never_below_it() {
    // Mean gaps of 2 s, 100 ms and 4 ms, that is, rates of 0.5/s, 10/s and 250/s.
    for (gap_ms, mean_excess) in [(2000, 0.03), (100, 0.35), (4, 6.5)] {
        let requests = requests(19_000, gap_ms);
        let (tallies, _) = read(&log(&requests), None);
        let server = &tallies.servers()[0];
        let sample = server.sample();
        assert_eq!((sample.len(), server.sampled_from(Class::Messages)), (19_000, 19_000));
        let (known, sum, largest) = compare(&sample, brute_force(&requests));
        // The bounds of requests of more than 200 s are unknown.
        let short = requests.iter().filter(|(.., taken)| *taken <= 200_000).count();
        assert_eq!(known, short, "gap of {gap_ms} ms");
        let mean = sum as f64 / known as f64;
        assert!(mean < mean_excess, "gap of {gap_ms} ms: {mean}, at most {largest}");
    }
}

#[test]
fn a_sample_is_bounded_and_uniform() {
    let requests = requests(60_000, 300);
    let mut text = log(&requests);
    // A second class with 3,000 requests, after the first one.
    let last = requests[requests.len() - 1].0;
    for number in 0..3_000 {
        text += &row(last + number / 10, number, 5).replace("/ccm_system/request", "/CCM_STS");
    }
    let (tallies, _) = read(&text, None);
    let sample = tallies.servers()[0].sample();
    let of = |class| sample.iter().filter(move |one| one.class == class);
    let token = Class::Kind(crate::terms::RequestKind::TokenRenewal);
    assert_eq!((of(Class::Messages).count(), of(token).count()), (10_000, 3_000));
    assert!(sample.is_sorted_by_key(|one| one.arrival_ms));
    // The mean of the sample has a standard error of 1 % of the standard deviation.
    let all: Vec<f64> = requests.iter().map(|(.., taken)| (*taken).min(5000) as f64).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let squares: f64 = all.iter().map(|one| (one - mean) * (one - mean)).sum();
    let deviation = (squares / all.len() as f64).sqrt();
    let taken = |one: &ServerObservation| f64::from(one.time_taken_ms.min(5000));
    let found = of(Class::Messages).map(taken).sum::<f64>() / 10_000.0;
    assert!((found - mean).abs() < 0.04 * deviation, "{found} {mean} {deviation}");
    let (known, ..) = compare(&sample, {
        let mut all = requests.clone();
        all.extend((0..3_000).map(|number| (last + number / 10, number, 5)));
        brute_force(&all)
    });
    assert!(known > 12_900, "{known}");
}

#[test]
fn rows_are_conserved_over_servers_classes_minutes_and_activity() {
    let other = |text: String| text.replace("192.168.2.12", "192.168.2.13");
    let requests = requests(8_000, 500);
    let mut text = FIELDS.to_owned();
    for (number, (end, client, taken)) in requests.iter().enumerate() {
        let one = row(*end, *client, *taken);
        text += &if number % 3 == 0 { other(one) } else { one };
    }
    let (tallies, _) = read(&text, None);
    let servers = tallies.servers();
    assert_eq!(servers.iter().map(ServerTally::rows).collect::<Vec<_>>(), [2667, 5333]);
    assert_eq!(servers[1].first_file(), "a.log");
    let minutes = || servers.iter().flat_map(ServerTally::minutes);
    assert_eq!(minutes().map(|one| u64::from(one.rows)).sum::<u64>(), 8_000);
    let taken: u64 = requests.iter().map(|(.., taken)| taken).sum();
    assert_eq!(minutes().map(|one| one.time_taken_ms).sum::<u64>(), taken);
    assert_eq!(u128::from(taken), tallies.class(Class::Messages).time_taken_ms.sum());
    let activity = tallies.activity(Class::Messages).expect("addresses of clients");
    assert_eq!((activity.rows, activity.clients, activity.removed), (8_000, 1000, 0));
    assert_eq!((activity.bytes_in, activity.bytes_out), (8_000 * 542, 8_000 * 1234));
    // Sequences by direct count: a client has one more sequence than gaps of more than 600 s.
    let mut ends: Vec<(u64, u64)> =
        requests.iter().map(|(end, client, _)| (*client, *end)).collect();
    ends.sort_unstable();
    let gaps = ends.windows(2).filter(|two| two[0].0 == two[1].0 && two[1].1 - two[0].1 > 600);
    assert_eq!(activity.sequences, 1000 + gaps.count() as u64);
}

#[test]
fn clients_are_counted_by_hour() {
    // Hour 2 has 50 clients, hour 4 has 30 of them and 20 others.
    let mut all: Vec<Request> = (0..3000).map(|at| (7200 + at, at % 50, 10)).collect();
    all.extend((0..3000).map(|at| (14_400 + at, 20 + at % 50, 10)));
    let (tallies, _) = read(&log(&all), None);
    assert_eq!(tallies.clients(), 70.0);
    // The day is a Monday.
    let hours = &tallies.class(Class::Messages).hours;
    assert_eq!([2, 3, 4].map(|hour| hours[hour].clients.count()), [50, 0, 50]);
    let found = tallies.clients_by_hour().into_iter();
    let found: Vec<(i64, u32, f64)> =
        found.map(|one| (one.start_s - START, one.covered_s, one.clients)).collect();
    assert_eq!(found, [(7200, 3600, 50.0), (10_800, 3600, 0.0), (14_400, 3000, 50.0)]);
}

#[test]
fn addresses_of_a_connection_point_are_not_clients() {
    let all: Vec<Request> = (0..2000).map(|at| (at, at % 2, 10)).collect();
    let (tallies, _) = read(&log(&all), None);
    let why = tallies.activity(Class::Messages).expect_err("two addresses");
    assert!(why.to_string().contains("connection point"), "{why}");
    assert_eq!(tallies.activity(Class::Unclassified).err(), Some(NoClients::NoAddresses));
    assert_eq!((tallies.clients(), tallies.clients_by_hour().len()), (0.0, 0));
}

#[test]
fn the_parts_of_a_divided_log_contain_all_rows() {
    let requests = requests(10_000, 500);
    let border = requests[6_000].0;
    let before = requests.iter().filter(|(end, ..)| *end < border).count();
    let mut text = log(&requests);
    // The address of the server is missing below this line.
    text += "#Fields: date time cs-uri-stem\n2026-11-30 00:00:01 /CCM_STS\nx\n";
    let (first, second) = read(&text, Some(START + border as i64));
    let second = second.expect("a second part");
    assert_eq!(first.rows(), before as u64 + 1);
    assert_eq!(second.rows(), 10_000 - before as u64);
    let keys = |part: &Tallies| part.servers().iter().map(|one| one.key).collect::<Vec<_>>();
    assert_eq!((keys(&first), first.servers().len()), (keys(&second), 2));
    assert_eq!(second.servers()[1].rows(), 0);
    let missing = |part: &Tallies| {
        let missing = summarise(part).missing_fields.into_iter();
        missing.map(|one| (one.rows_share * part.rows() as f64).round()).collect::<Vec<_>>()
    };
    assert_eq!((missing(&first), missing(&second)), (vec![1.0; 6], Vec::new()));
    // Requests that arrived before the border and ended after it were in the system of the first
    // part.
    let sample = first.servers()[0].sample();
    let (known, ..) = compare(&sample, brute_force(&requests));
    assert!(known > 5_900, "{known}");
    let (whole, none) = read(&log(&requests), None);
    assert!(none.is_none());
    let at = |part: &Tallies| part.servers()[0].sample().first().map(|one| one.arrival_ms);
    assert_eq!(at(&whole), at(&first));
}

#[test]
fn equal_logs_have_equal_results() {
    let text = log(&requests(12_000, 50));
    let found = [read(&text, None).0, read(&text, None).0];
    let [one, other] = found.each_ref().map(|tallies| {
        let activity = tallies.activity(Class::Messages).expect("addresses of clients");
        (tallies.servers()[0].sample(), format!("{activity:?}"), tallies.clients())
    });
    assert_eq!(one, other);
}

/// The largest tables, in bytes, with both parts of a divided log.
#[test]
fn the_tables_fit_into_the_memory_limit() {
    const DAY_MINUTES: usize = 1440;
    let classes = Class::COUNT;
    let histogram = (128 + 64 * 33) * 8;
    let distinct = |exact_max: usize, registers: usize| {
        // The table has at least two places per hash, and its length is a power of two.
        registers.max((2 * exact_max).next_power_of_two() * 8)
    };
    // Limits that are divided by the number of parts.
    let days = minutes::CLASS_DAYS_MAX as usize * DAY_MINUTES * 4
        + minutes::SERVER_DAYS_MAX as usize * DAY_MINUTES * size_of::<server::MinuteSums>();
    let hours = client_hours::CLIENT_HOURS_MAX * (distinct(64, 1 << 10) + 100);
    // Per part. The two hours of the week are those in UTC and in civil time.
    let class = 2 * HOURS_OF_WEEK * (distinct(256, 1 << 11) + size_of::<HourTally>())
        + distinct(1 << 14, 1 << 14)
        + (3 + ERRORS_MAX) * histogram
        + 1000 * 8;
    let samples = server::samples_max() * size_of::<sample::Selected>();
    let window = concurrency::WINDOW as usize * (concurrency::BINS_PER_SECOND + 2) * 4
        + long_requests::LONG_MINUTES_MAX * 32;
    let activity = activity::PLACES_MAX * size_of::<activity::Entry>();
    // The entries of one table while it is rebuilt.
    let rebuilt = activity / 8 * 5;
    let coverage = hours::HOURS_MAX * 24 + hours::DAYS_MAX * 48;
    let part = classes * class + samples + server::SERVERS_MAX * window + activity + coverage;
    let total = days + hours + rebuilt + 2 * part;
    assert!(total < 200_000_000, "{total} bytes: {days} {hours} 2 x {part}");
}
