//! Searches the memory of this process.
//!
//! After its setup, the search allocates nothing. An allocator that reuses freed memory would
//! overwrite the traces.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Nothing is searched for in the clear: the search would find its own question.
const MASK: u8 = 0xa5;
/// How much of a needle has to be left to be found.
const FRAGMENT: usize = 8;

const PAGE: usize = 4_096;
const BUFFER: usize = 1 << 18;
const NEEDLES: usize = 128;
const NEEDLE_BYTES: usize = 1 << 15;
const HITS: usize = 1 << 15;

/// What was found of one needle.
#[derive(Clone, Copy, Default)]
pub(crate) struct Found {
    /// Places on the heap and in whatever else can be written to.
    pub(crate) heap: usize,
    /// Places on the stack.
    pub(crate) stack: usize,
    /// The longest run of the needle's bytes.
    pub(crate) longest: usize,
}

/// A fragment of a needle, and the next one that begins with the same four bytes.
#[derive(Clone, Copy)]
struct Fragment {
    needle: usize,
    at: usize,
    next: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    needle: usize,
    on_stack: bool,
    address: u64,
}

pub(crate) struct Search {
    /// How many bytes in a row count, for each needle.
    needles: Vec<usize>,
    masked: Vec<u8>,
    fragments: Vec<Fragment>,
    /// The chain of fragments that begin with these four bytes. `begins` holds whether a fragment
    /// begins with a pair.
    first: HashMap<[u8; 4], usize>,
    begins: Vec<bool>,
    buffer: Vec<u8>,
    maps: Vec<u8>,
    mappings: Vec<Mapping>,
    hits: Vec<Hit>,
    found: Vec<Found>,
}

/// Bytes in the form in which they may be kept.
pub(crate) fn mask(byte: u8) -> u8 {
    byte ^ MASK
}

impl Search {
    pub(crate) fn new() -> Self {
        Self {
            needles: Vec::with_capacity(NEEDLES),
            masked: Vec::with_capacity(NEEDLE_BYTES),
            fragments: Vec::with_capacity(NEEDLE_BYTES),
            first: HashMap::with_capacity(NEEDLE_BYTES),
            begins: vec![false; 1 << 16],
            buffer: vec![0; BUFFER],
            maps: Vec::with_capacity(1 << 16),
            mappings: Vec::with_capacity(1 << 10),
            hits: Vec::with_capacity(HITS),
            found: Vec::with_capacity(NEEDLES),
        }
    }

    /// Adds a needle, masked byte by byte. `fragment` is the number of consecutive bytes that count
    /// as a trace; the default is 8. It is larger where any memory contains so few of the bytes.
    pub(crate) fn add(&mut self, masked: impl Iterator<Item = u8>, fragment: Option<usize>) {
        let start = self.masked.len();
        self.masked.extend(masked);
        let range = start..self.masked.len();
        let needle = self.needles.len();
        let fragment = fragment.unwrap_or(FRAGMENT).min(range.len());
        for at in range.start..=range.end - fragment {
            let [a, b, c, d] = [0, 1, 2, 3].map(|offset| self.masked[at + offset]);
            self.begins[pair(a, b)] = true;
            let next = self.first.insert([a, b, c, d], self.fragments.len());
            self.fragments.push(Fragment { needle, at, next });
        }
        self.needles.push(fragment);
        assert!(self.needles.len() <= NEEDLES && self.masked.len() <= NEEDLE_BYTES);
    }

    /// Searches all writable memory of this process. The results are in the order of the needles.
    pub(crate) fn run(&mut self) -> &[Found] {
        let memory = File::open("/proc/self/mem").expect("Linux has it");
        self.read_mappings();
        self.hits.clear();
        let longest = self.needles.iter().max().copied();
        for mapping in 0..self.mappings.len() {
            let Mapping {
                mut start,
                end,
                on_stack,
            } = self.mappings[mapping];
            while start < end {
                let left = usize::try_from(end - start).unwrap_or(BUFFER);
                let wanted = BUFFER.min(left);
                let Ok(read) = memory.read_at(&mut self.buffer[..wanted], start) else {
                    break;
                };
                self.scan(read, start, on_stack);
                if start + read as u64 >= end {
                    break;
                }
                // A fragment may lie across the end of what was read.
                start += (read - longest.unwrap_or(0)) as u64;
            }
        }
        self.buffer.fill(0);
        self.summarise();
        &self.found
    }

    /// Notes each fragment in what was read from `address` on.
    fn scan(&mut self, read: usize, address: u64, on_stack: bool) {
        let longest = self.needles.iter().max().copied().unwrap_or(0);
        let mut at = 0;
        while at + 4 <= read {
            // Most pages are zero. Only a fragment that begins at the end of such a page can match.
            if at % PAGE == 0 && self.buffer[at..read].starts_with(&[0; PAGE]) {
                at += PAGE - longest;
                continue;
            }
            self.look_at(at..read, address + at as u64, on_stack);
            at += 1;
        }
    }

    fn look_at(&mut self, range: Range<usize>, address: u64, on_stack: bool) {
        let memory = &self.buffer[range];
        let [a, b] = [mask(memory[0]), mask(memory[1])];
        // What was read before is in the buffer now, and no find.
        let own = self.buffer.as_ptr() as u64..self.buffer.as_ptr() as u64 + BUFFER as u64;
        if !self.begins[pair(a, b)] || own.contains(&address) {
            return;
        }
        let first = [a, b, mask(memory[2]), mask(memory[3])];
        let mut next = self.first.get(&first).copied();
        while let Some(fragment) = next.map(|next| self.fragments[next]) {
            next = fragment.next;
            let length = self.needles[fragment.needle];
            let wanted = &self.masked[fragment.at..fragment.at + length];
            let here = memory.iter().copied().map(mask).take(length);
            if wanted.iter().copied().eq(here) {
                assert!(self.hits.len() < HITS, "too much was found");
                self.hits.push(Hit {
                    needle: fragment.needle,
                    on_stack,
                    address,
                });
            }
        }
    }

    /// Joins fragments that overlap into one place.
    fn summarise(&mut self) {
        self.hits.sort_unstable();
        self.hits.dedup();
        self.found.clear();
        self.found.resize(self.needles.len(), Found::default());
        let follows =
            |one: &Hit, next: &Hit| one.needle == next.needle && next.address == one.address + 1;
        for run in self.hits.chunk_by(follows) {
            let found = &mut self.found[run[0].needle];
            match run[0].on_stack {
                true => found.stack += 1,
                false => found.heap += 1,
            }
            let bytes = run.len() - 1 + self.needles[run[0].needle];
            found.longest = found.longest.max(bytes);
        }
    }

    fn read_mappings(&mut self) {
        self.maps.resize(self.maps.capacity(), 0);
        let mut file = File::open("/proc/self/maps").expect("Linux has it");
        let mut length = 0;
        loop {
            match file.read(&mut self.maps[length..]).expect("it reads") {
                0 => break,
                read => length += read,
            }
        }
        assert!(
            length < self.maps.len(),
            "more memory maps than there is room for"
        );
        let maps = std::str::from_utf8(&self.maps[..length]).expect("it is ASCII");
        self.mappings.clear();
        self.mappings
            .extend(maps.lines().filter_map(Mapping::writable));
    }
}

fn pair(a: u8, b: u8) -> usize {
    usize::from(a) << 8 | usize::from(b)
}

#[derive(Clone, Copy)]
struct Mapping {
    start: u64,
    end: u64,
    on_stack: bool,
}

impl Mapping {
    fn writable(line: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let permissions = fields.next()?;
        permissions.starts_with("rw").then_some(Self {
            start: u64::from_str_radix(start, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
            on_stack: line.ends_with("[stack]"),
        })
    }
}
