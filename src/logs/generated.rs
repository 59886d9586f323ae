//! Generated logs for tests: a reader that creates its bytes while they are read.

use std::io::{self, Read};

/// Reader that returns the chunks that a function creates, until it returns false.
pub(super) struct Generated<F> {
    chunk: Vec<u8>,
    at: usize,
    next: F,
}

impl<F: FnMut(&mut Vec<u8>) -> bool> Generated<F> {
    pub(super) fn new(next: F) -> Self {
        Generated { chunk: Vec::new(), at: 0, next }
    }
}

impl<F: FnMut(&mut Vec<u8>) -> bool> Read for Generated<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            self.chunk.clear();
            self.at = 0;
            if !(self.next)(&mut self.chunk) {
                return Ok(0);
            }
        }
        let count = (self.chunk.len() - self.at).min(into.len());
        into[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The fields that IIS 10 logs by default, and both fields of bytes.
pub(super) const FIELDS: &str = "#Software: Microsoft Internet Information Services 10.0\r\n\
    #Version: 1.0\r\n#Date: 2026-11-30 00:00:00\r\n#Fields: date time s-ip cs-method cs-uri-stem \
    cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus \
    sc-win32-status sc-bytes cs-bytes time-taken\r\n";

/// Returns a row of a message with the given second of the day, client number and `time-taken`.
pub(super) fn row(second: u64, client: u64, time_taken_ms: u64) -> String {
    let (hour, minute, second) = (second / 3600 % 24, second / 60 % 60, second % 60);
    let [b, c, d] = [client >> 16 & 255, client >> 8 & 255, client & 255];
    format!(
        "2026-11-30 {hour:02}:{minute:02}:{second:02} 192.168.2.12 CCM_POST /ccm_system/request - \
         443 - 10.{b}.{c}.{d} ccmhttp - 200 0 0 1234 542 {time_taken_ms}\r\n"
    )
}
