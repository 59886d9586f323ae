//! What queueing theory says the check values should be.

use crate::workload::StationSize;

/// Mean wait in an M/M/c queue: Erlang's C formula, by the recursion of his B formula.
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

/// Mean time a request of the polling model takes through all stations. With so many clients the
/// closed model is all but an open one whose arrival rate is the clients over a whole cycle, so
/// that each station is an M/M/c queue (Jackson, 1957).
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
    fn one_server_waits_as_the_textbook_says() {
        let wait = mean_wait(1, 0.5, 1.0);
        assert!((wait - 1.0).abs() < 1e-12, "rho / (mu - lambda), but {wait}");
    }

    #[test]
    fn two_servers_wait_as_the_textbook_says() {
        // rho^2 / (1 - rho^2) services at c = 2.
        let wait = mean_wait(2, 1.0, 1.0);
        assert!((wait - 1.0 / 3.0).abs() < 1e-12, "a third of a service, but {wait}");
    }
}
