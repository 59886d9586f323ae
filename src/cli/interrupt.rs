//! Handles Ctrl-C and equivalent signals. During a simulation, the first signal stops it in an
//! orderly way and the second ends the program. While results are written, the first signal ends
//! the program, because the folder always contains either the old or the new result.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::exit::Exit;
use super::failure::Failure;
use super::output;

/// Set by the signal handler, and reset by the listening thread.
static ARRIVED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Set by the first signal and never reset.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// State of the signals received so far.
static HEARD: Mutex<Heard> = Mutex::new(Heard { first: None, is_open: false, is_storing: false });

/// Time between two checks for a signal.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// A signal within this time after the first counts as the same Ctrl-C: `timeout` and other
/// wrappers send it to the program and then to its process group.
const SAME_INTERRUPT: Duration = Duration::from_millis(300);

/// Starts to listen for Ctrl-C and SIGTERM; on Unix also for SIGHUP, unless the program ignores it
/// (`nohup`).
///
/// # Errors
/// Returns an error if the system refuses the handler.
pub(super) fn catch_interrupts() -> Result<(), Failure> {
    let error = |cause| Failure::System { what: "cannot listen for Ctrl-C".to_owned(), cause };
    for signal in [SIGINT, SIGTERM].into_iter().chain(hang_up()) {
        flag::register(signal, Arc::clone(&ARRIVED)).map_err(error)?;
    }
    std::thread::Builder::new().spawn(listen).map(drop).map_err(error)
}

/// Returns whether a signal was received.
pub(super) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst) || ARRIVED.load(Ordering::SeqCst)
}

/// Marks the start of drawing and writing results, after which the next signal ends the program. An
/// earlier signal was meant for the simulation.
pub(super) fn begin_storing() {
    look(|heard| heard.is_storing = true);
}

fn listen() {
    loop {
        std::thread::sleep(CHECK_INTERVAL);
        look(|_| {});
    }
}

/// Checks for a signal and ends the program if required; otherwise updates the state.
fn look(then: impl FnOnce(&mut Heard)) {
    let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let has_arrived = ARRIVED.load(Ordering::SeqCst);
    if has_arrived {
        // Keep this order, so that at least one of the two flags is set once a signal has arrived.
        INTERRUPTED.store(true, Ordering::SeqCst);
        ARRIVED.store(false, Ordering::SeqCst);
    }
    if heard.ends_the_program(has_arrived, Instant::now()) {
        end(heard.is_storing);
    }
    then(&mut heard);
}

/// State of the received signals.
#[derive(Debug)]
struct Heard {
    /// Time of the first signal.
    first: Option<Instant>,
    /// Whether another signal counts as the second one.
    is_open: bool,
    /// Whether results are being written.
    is_storing: bool,
}

impl Heard {
    /// Returns whether the program must end now, given whether a signal arrived since the last
    /// check. Checks can be late: a signal seen at the first check after [`SAME_INTERRUPT`] has
    /// passed may have arrived earlier.
    fn ends_the_program(&mut self, has_arrived: bool, now: Instant) -> bool {
        match self.first {
            None if has_arrived => {
                self.first = Some(now);
                self.is_storing
            }
            None => false,
            Some(_) if self.is_open => has_arrived,
            Some(first) => {
                self.is_open = now.duration_since(first) >= SAME_INTERRUPT;
                false
            }
        }
    }
}

/// Ends the program.
fn end(is_storing: bool) -> ! {
    if is_storing {
        // End the program even if this message cannot be printed.
        let _ = output::print_error(
            "interrupted while results were written: the output contains either the earlier or \
             the new results\n",
        );
    }
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

/// Returns the signal of a closing terminal, unless it is ignored.
#[cfg(unix)]
fn hang_up() -> Option<i32> {
    (!is_hang_up_ignored()).then_some(signal_hook::consts::SIGHUP)
}

/// Returns `None`, because Windows does not send such a signal.
#[cfg(not(unix))]
fn hang_up() -> Option<i32> {
    None
}

/// Returns whether the program ignores SIGHUP, for example because it was started with `nohup`.
#[cfg(target_os = "linux")]
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal_hook::consts::SIGHUP - 1) & 1 == 1)
}

/// Returns whether neither output stream is a terminal, as with `nohup` and redirected output: this
/// system does not report ignored signals.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_hang_up_ignored() -> bool {
    use std::io::IsTerminal;
    !std::io::stdout().is_terminal() && !std::io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates checks, each with its time in milliseconds and whether a signal arrived before it.
    /// Returns the index of the check that ends the program.
    fn ending(is_storing: bool, looks: &[(u64, bool)]) -> Option<usize> {
        let begin = Instant::now();
        let mut heard = Heard { first: None, is_open: false, is_storing };
        looks.iter().position(|(milliseconds, has_arrived)| {
            let now = begin + Duration::from_millis(*milliseconds);
            heard.ends_the_program(*has_arrived, now)
        })
    }

    #[test]
    fn the_second_signal_ends_a_simulation() {
        assert_eq!(ending(false, &[(0, false), (50, true), (900, false), (950, true)]), Some(3));
        // An immediate second signal counts as a repetition of the first, even if the next check is
        // late.
        assert_eq!(ending(false, &[(50, true), (100, true), (150, true), (900, false)]), None);
        assert_eq!(ending(false, &[(50, true), (900, true), (950, false)]), None);
        assert_eq!(ending(false, &[(50, true), (900, true), (950, true)]), Some(2));
    }

    #[test]
    fn the_first_signal_ends_the_writing_of_results() {
        assert_eq!(ending(true, &[(0, false), (50, true)]), Some(1));
        // A signal that stopped the simulation does not end the writing of its results.
        let begin = Instant::now();
        let mut heard = Heard { first: None, is_open: false, is_storing: false };
        assert!(!heard.ends_the_program(true, begin));
        heard.is_storing = true;
        let after = |milliseconds| begin + Duration::from_millis(milliseconds);
        assert!(!heard.ends_the_program(true, after(20)), "a repetition of the same signal");
        assert!(!heard.ends_the_program(false, after(400)));
        assert!(heard.ends_the_program(true, after(450)), "an impatient user");
    }
}
