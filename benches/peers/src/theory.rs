//! Computes the check values that queueing theory predicts.

use crate::workload::StationSize;

/// Returns the mean waiting time in an M/M/c queue from the Erlang C formula, computed by the
/// recursion of the Erlang B formula.
pub fn mean_wait(servers: u32, arrival_rate: f64, mean_service: f64) -> f64 {
    let offered = arrival_rate * mean_service;
    let blocked = (1..=servers).map(f64::from).fold(1.0, |blocked, servers| {
        let product = offered * blocked;
        product / (servers + product)
    });
    let servers = f64::from(servers);
    let delayed = blocked / (1.0 - offered / servers * (1.0 - blocked));
    delayed * mean_service / (servers - offered)
}

/// Returns the mean total time that a request of the polling model spends at all its stations. With
/// many clients, the closed model is close to an open model whose arrival rate is the number of
/// clients divided by the cycle time. Each station is then an M/M/c queue (Jackson, 1957).
pub fn mean_response(clients: f64, mean_think: f64, stations: &[StationSize]) -> f64 {
    let mut response = 0.0;
    for _ in 0..100 {
        let rate = clients / (mean_think + response);
        let time_at = |station: &StationSize| {
            let service = station.mean_service_seconds;
            service + mean_wait(station.servers, rate, service)
        };
        response = stations.iter().map(time_at).sum();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_wait_of_one_server_matches_the_textbook() {
        let wait = mean_wait(1, 0.5, 1.0);
        assert!((wait - 1.0).abs() < 1e-12, "expected rho / (mu - lambda), got {wait}");
    }

    #[test]
    fn mean_wait_of_two_servers_matches_the_textbook() {
        // For c = 2, the mean wait is rho^2 / (1 - rho^2) service times.
        let wait = mean_wait(2, 1.0, 1.0);
        assert!((wait - 1.0 / 3.0).abs() < 1e-12, "expected a third of a service time, got {wait}");
    }
}
