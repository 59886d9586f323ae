//! Collects the results of shared lines and VPNs.

use crate::engine::SharedLink;
use crate::model::line::capacity;
use crate::model::minutes::LineMinutes;
use crate::model::{Measured, World};
use crate::results::{LineResult, LinkResult, VpnSessions};
use crate::terms::Direction;

use super::{measured, ratio};

/// Minutes of one value of the 95th percentile.
const FIVE: usize = 5;

pub(super) fn lines<R: Measured>(world: &World<'_, R>) -> Vec<LineResult> {
    let config = world.config();
    let mut minutes = world.minutes().lines.iter();
    let lines = config.lines.entries().zip(world.lines().iter());
    lines
        .map(|((id, of), line)| {
            let mut link = |direction: Direction| {
                let link = line.links[direction as usize].as_ref()?;
                let bandwidths =
                    of.bandwidths.iter().map(|(_, one)| capacity(one, direction).total);
                Some(result(world, bandwidths.max()?, link, minutes.next()?))
            };
            let (downlink, uplink) = (link(Direction::Down), link(Direction::Up));
            let vpn = config.vpns.entries().find(|(_, vpn)| vpn.line == id);
            let sessions = vpn.map(|(vpn, of)| {
                let state = &world.vpns()[vpn];
                VpnSessions {
                    limit: of.sessions,
                    mean: state.sessions.mean(world.now()),
                    peak: state.sessions.peak(),
                    refused: state.refused,
                }
            });
            LineResult { name: of.name.clone(), kind: of.kind, downlink, uplink, sessions }
        })
        .collect()
}

fn result<R: Measured>(
    world: &World<'_, R>,
    bandwidth: u64,
    link: &SharedLink,
    minutes: &LineMinutes,
) -> LinkResult {
    let now = world.now();
    let carried = link.carried_bits(now) as f64;
    let offered = link.offered_bits(now) as f64;
    let length = world.minutes().length().as_seconds();
    let highest = minutes.bits.iter().copied().max().unwrap_or(0);
    LinkResult {
        bandwidth_bit_per_s: bandwidth as f64,
        carried_bytes: (carried / 8.0).round() as u64,
        utilisation_mean_share: ratio(carried, offered),
        utilisation_peak_share: minutes.utilisation_peak,
        time_full_share: ratio(minutes.full as f64, minutes.bits.len() as f64),
        peak_bit_per_s: ratio(highest as f64, length),
        p95_bit_per_s: p95(&minutes.bits, measured(world).as_seconds()),
        transfers_mean: link.in_progress().mean(now),
        transfers_peak: link.in_progress().peak(),
    }
}

/// Returns the 95th percentile of the mean rates of whole five minutes: the highest rate after the
/// highest 5 % of the rates have been discarded.
fn p95(bits: &[u64], measured_seconds: f64) -> Option<f64> {
    let seconds = 60.0 * FIVE as f64;
    let whole = (measured_seconds / seconds).floor() as usize;
    let mut rates: Vec<u64> =
        bits.chunks_exact(FIVE).take(whole).map(|five| five.iter().sum()).collect();
    rates.sort_unstable();
    let kept = (rates.len() * 95).div_ceil(100);
    Some(*rates.get(kept.checked_sub(1)?)? as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 five minutes at 1 to 20 Mbit/s: the highest of 20 is discarded.
    #[test]
    fn p95_discards_the_highest_twentieth_of_five_minute_means() {
        let bits: Vec<u64> =
            (1..=20).flat_map(|rate| [rate * 60_000_000; FIVE]).chain([900_000_000_000]).collect();
        assert_eq!(p95(&bits, 6030.0), Some(19e6));
        assert_eq!(p95(&bits[..9], 540.0), Some(1e6));
        assert_eq!(p95(&bits[..4], 240.0), None);
    }
}
