//! A PNG file of two colours (RFC 2083), in which a byte holds the eight pixels of a module.
//!
//! The file is compressed for what it holds: seven of eight lines repeat the line above, and the
//! eighth consists of two bytes. A general compressor takes ten times as long, keeps the picture in
//! memory that nobody wipes, and comes with ten crates.

use zeroize::Zeroizing;

/// The side of a module in pixels: the bits of a byte.
pub(super) const MODULE_PIXELS: usize = 8;

const DARK: u8 = 0x00;
const LIGHT: u8 = 0xff;
/// A line is stored as it is (RFC 2083 §6.2).
const NO_FILTER: u8 = DARK;

/// The file of a square picture. A dark module is `true`.
pub(super) fn file(dark: &[bool], width: usize) -> Zeroizing<Vec<u8>> {
    let mut deflate = Deflate::new(dark.len() / width, width);
    let mut checksum = Adler32::default();
    let mut line = Zeroizing::new(Vec::with_capacity(1 + width));
    for row in dark.chunks(width) {
        line.clear();
        line.push(NO_FILTER);
        line.extend(row.iter().map(|dark| if *dark { DARK } else { LIGHT }));
        deflate.line(&line);
        deflate.repeat(line.len(), MODULE_PIXELS - 1);
        (0..MODULE_PIXELS).for_each(|_| checksum.add(&line));
    }
    let compressed = deflate.finish();

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a QR code has at most 185 modules"
    )]
    let side = ((width * MODULE_PIXELS) as u32).to_be_bytes();
    let mut file = Zeroizing::new(Vec::with_capacity(compressed.len() + 64));
    file.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    // One bit of grey a pixel, and the only methods of compression, filters and interlacing.
    push_chunk(&mut file, b"IHDR", &[&side, &side, &[1, 0, 0, 0, 0]]);
    // A zlib stream (RFC 1950) with a window of 32 KiB.
    let checksum = checksum.value().to_be_bytes();
    push_chunk(&mut file, b"IDAT", &[&[0x78, 0x01], &compressed, &checksum]);
    push_chunk(&mut file, b"IEND", &[]);
    file
}

/// Adds a chunk with its length and its checksum (RFC 2083 §3.2).
fn push_chunk(file: &mut Vec<u8>, kind: &[u8; 4], parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a picture has some kilobytes"
    )]
    file.extend_from_slice(&(length as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(kind);
    parts.iter().for_each(|part| file.extend_from_slice(part));
    let checksum = crc32(&file[start..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// A compressed block (RFC 1951) whose codes are made for the bytes of a QR code.
///
/// A light module takes one bit and a dark one two. Each other symbol takes seven: the end, all
/// lengths of repetitions, and two bytes that never occur and make the code complete.
struct Deflate {
    bytes: Zeroizing<Vec<u8>>,
    /// Bits that fill no byte yet, the first one lowest.
    pending: u64,
    pending_bits: u32,
}

const END: u16 = 256;

impl Deflate {
    fn new(rows: usize, width: usize) -> Self {
        // The buffer has room for the whole block, so that no copy stays behind when it grows: 64
        // bytes before the first row, two bits a module, and 21 for each line that is repeated.
        let mut block = Self {
            bytes: Zeroizing::new(Vec::with_capacity(64 + rows * (width / 4 + 20))),
            pending: 0,
            pending_bits: 0,
        };
        block.header();
        block
    }

    /// The last block, and the lengths of its codes (RFC 1951 §3.2.7).
    fn header(&mut self) {
        const LITERALS: u16 = 286;
        const DISTANCES: u16 = 16;
        /// Of the symbols 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14 and 1, with
        /// which the lengths are written.
        const LENGTHS: [u64; 18] = [0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 4];
        self.bits(1, 1);
        self.bits(2, 2);
        self.bits(u64::from(LITERALS - 257), 5);
        self.bits(u64::from(DISTANCES - 1), 5);
        self.bits(LENGTHS.len() as u64 - 4, 4);
        LENGTHS.iter().for_each(|length| self.bits(*length, 3));
        for symbol in 0..LITERALS {
            match symbol {
                0 => self.code(0b1111, 4),           // 2 bits
                255 => self.code(0b1110, 4),         // 1 bit
                1 | 2 | END.. => self.code(0b10, 2), // 7 bits
                _ => self.code(0b0, 1),              // not used
            }
        }
        for symbol in 0..DISTANCES {
            match symbol {
                8.. => self.code(0b110, 3), // 3 bits
                _ => self.code(0b0, 1),     // not used
            }
        }
    }

    /// A line that is not repeated.
    fn line(&mut self, line: &[u8]) {
        for byte in line {
            match *byte {
                LIGHT => self.code(0b0, 1),
                _ => self.code(0b10, 2),
            }
        }
    }

    /// Repeats the last `length` bytes a number of times.
    fn repeat(&mut self, length: usize, mut times: usize) {
        /// The longest repetition with a symbol of the usual kind.
        const LONGEST: usize = 257;
        while times > 0 {
            let now = times.min(LONGEST / length);
            self.repetition(now * length, length);
            times -= now;
        }
    }

    /// Repeats what is `distance` bytes back, for `length` bytes (RFC 1951 §3.2.5).
    fn repetition(&mut self, length: usize, distance: usize) {
        // Symbols are spaced like floating-point numbers: 4 for each power of two, and their other
        // bits follow.
        let value = (length - 3) as u64;
        let extra = value.max(4).ilog2() - 2;
        self.symbol(257 + 4 * u64::from(extra) + (value >> extra));
        self.bits(value & ((1 << extra) - 1), extra);
        // Likewise with 2 for each power of two.
        let value = (distance - 1) as u64;
        let extra = value.ilog2() - 1;
        self.code(2 * u64::from(extra) + (value >> extra) - 8, 3);
        self.bits(value & ((1 << extra) - 1), extra);
    }

    /// A symbol of seven bits, from [`END`] on.
    fn symbol(&mut self, symbol: u64) {
        // The codes of one length count up, those of bytes 1 and 2 first.
        self.code(0b110_0000 + 2 + symbol - u64::from(END), 7);
    }

    fn finish(mut self) -> Zeroizing<Vec<u8>> {
        self.symbol(END.into());
        self.bits(0, 7);
        self.bytes
    }

    /// Adds a code, which begins with its highest bit.
    fn code(&mut self, code: u64, bits: u32) {
        self.bits(code.reverse_bits() >> (64 - bits), bits);
    }

    /// Adds a number, which begins with its lowest bit.
    fn bits(&mut self, number: u64, bits: u32) {
        self.pending |= number << self.pending_bits;
        self.pending_bits += bits;
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending.to_le_bytes()[0]);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }
}

/// The checksum of a zlib stream (RFC 1950 §9).
struct Adler32 {
    sum: u32,
    sum_of_sums: u32,
}

impl Default for Adler32 {
    fn default() -> Self {
        Self {
            sum: 1,
            sum_of_sums: 0,
        }
    }
}

impl Adler32 {
    const MODULUS: u32 = 65_521;

    /// Adds a line of at most 186 bytes, so that no sum overflows.
    fn add(&mut self, line: &[u8]) {
        for byte in line {
            self.sum += u32::from(*byte);
            self.sum_of_sums += self.sum;
        }
        self.sum %= Self::MODULUS;
        self.sum_of_sums %= Self::MODULUS;
    }

    fn value(&self) -> u32 {
        (self.sum_of_sums << 16) | self.sum
    }
}

/// The checksum of a chunk (RFC 2083 §3.4).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        CRC_OF_BYTE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8)
    })
}

static CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "a byte")]
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ ((crc & 1) * 0xedb8_8320);
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Random modules of each width that a QR code has, with its quiet zone.
    fn pictures() -> impl Iterator<Item = (usize, Vec<bool>)> {
        (29..=185).step_by(4).map(|width: usize| {
            let mut state = width as u64;
            let modules = (0..width * width).map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state >> 63 == 1
            });
            (width, modules.collect())
        })
    }

    /// The decoder is that of the crate `png`, which checks both checksums.
    #[test]
    fn a_decoder_reads_each_pixel() {
        for (width, modules) in pictures() {
            let file = file(&modules, width);
            let mut options = ::png::DecodeOptions::default();
            options.set_ignore_checksums(false);
            let cursor = std::io::Cursor::new(file.as_slice());
            let mut decoder = ::png::Decoder::new_with_options(cursor, options);
            decoder.set_transformations(::png::Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut pixels).unwrap();
            reader.finish().unwrap();
            let side = width * MODULE_PIXELS;
            assert_eq!((frame.width as usize, frame.height as usize), (side, side));
            for (at, pixel) in pixels.into_iter().enumerate() {
                let (x, y) = (at % side / MODULE_PIXELS, at / side / MODULE_PIXELS);
                let expected = if modules[y * width + x] { DARK } else { LIGHT };
                assert_eq!(pixel, expected, "pixel {at} of {side} a line");
            }
        }
    }

    #[test]
    fn nothing_outgrows_the_room_made_for_it() {
        for (width, _) in pictures() {
            let dark = vec![true; width * width];
            let mut deflate = Deflate::new(width, width);
            let room = deflate.bytes.capacity();
            for _ in 0..width {
                deflate.line(&[&[NO_FILTER][..], &vec![DARK; width]].concat());
                deflate.repeat(width + 1, MODULE_PIXELS - 1);
            }
            let compressed = deflate.finish();
            assert_eq!(compressed.capacity(), room, "{width} modules");
            assert_eq!(file(&dark, width).capacity(), compressed.len() + 64);
        }
    }
}
