//! The modules of a QR code, with the mask that ISO/IEC 18004 prefers.

use qrcode::canvas::{Canvas, Module};
use qrcode::{EcLevel, bits, ec};
use zeroize::Zeroizing;

use super::line::Line;

/// The modules of a QR code, without its quiet zone.
#[derive(Clone)]
pub(super) struct Modules {
    rows: Zeroizing<Vec<Line>>,
    /// The same modules once more, so that columns are judged as rows are.
    columns: Zeroizing<Vec<Line>>,
}

impl Modules {
    /// Encodes a text with error correction level M. The answer is `None` if no QR code holds it.
    pub(super) fn encode(text: &str) -> Option<Self> {
        let bits = bits::encode_auto(text.as_bytes(), EcLevel::M).ok()?;
        let version = bits.version();
        let bits = Zeroizing::new(bits.into_bytes());
        let (data, correction) = ec::construct_codewords(&bits, version, EcLevel::M).ok()?;
        let (data, correction) = (Zeroizing::new(data), Zeroizing::new(correction));
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        let (plain, maskable) = Self::take(canvas, version.width());
        (0..MASKS)
            .map(|mask| plain.masked(mask, &maskable))
            .min_by_key(Self::penalty)
    }

    /// The modules of a canvas, and those of them that a mask may invert.
    fn take(mut canvas: Canvas, side: i16) -> (Self, Self) {
        let light = || Zeroizing::new(vec![Line::default(); side.unsigned_abs().into()]);
        let [mut plain, mut maskable] = [(); 2].map(|()| Self {
            rows: light(),
            columns: light(),
        });
        for (row, y) in (0..side).enumerate() {
            for (column, x) in (0..side).enumerate() {
                // A foreign type cannot be wiped. This write comes closest.
                let module = std::mem::replace(canvas.get_mut(x, y), Module::Empty);
                plain.set(column, row, module.is_dark());
                maskable.set(column, row, !matches!(module, Module::Masked(_)));
            }
        }
        // The compiler has to assume that the writes are read.
        std::hint::black_box(&canvas);
        (plain, maskable)
    }

    /// The number of modules in a row.
    pub(super) fn side(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_dark(&self, column: usize, row: usize) -> bool {
        self.rows[row].is_dark(column)
    }

    fn set(&mut self, column: usize, row: usize, dark: bool) {
        self.rows[row].set(column, dark);
        self.columns[column].set(row, dark);
    }

    /// These modules under a mask, with the format information that names the mask.
    fn masked(&self, mask: usize, maskable: &Self) -> Self {
        let masked = |lines: &[Line], maskable: &[Line], mask: &[Line; 12]| {
            let lines = lines.iter().zip(maskable).zip(mask.iter().cycle());
            let lines = lines.map(|((line, maskable), mask)| *line ^ (*maskable & *mask));
            Zeroizing::new(lines.collect::<Vec<_>>())
        };
        let mut modules = Self {
            rows: masked(&self.rows, &maskable.rows, &MASK_ROWS[mask]),
            columns: masked(&self.columns, &maskable.columns, &MASK_COLUMNS[mask]),
        };
        modules.set_format(mask);
        modules
    }

    /// Writes the format information in both of its places (ISO/IEC 18004 §7.9.1).
    fn set_format(&mut self, mask: usize) {
        let side = self.side();
        for bit in 0..15 {
            let dark = format(mask) >> bit & 1 == 1;
            // Around the finder pattern at the top left; row and column 6 are timing patterns.
            match bit {
                0..=5 => self.set(8, bit, dark),
                6..=7 => self.set(8, bit + 1, dark),
                8 => self.set(7, 8, dark),
                _ => self.set(14 - bit, 8, dark),
            }
            // Beside the two other finder patterns.
            match bit {
                0..=7 => self.set(side - 1 - bit, 8, dark),
                _ => self.set(8, side - 15 + bit, dark),
            }
        }
    }

    /// The points of ISO/IEC 18004 §7.8.3: the fewer, the easier is the code to scan.
    fn penalty(&self) -> u32 {
        let side = self.side();
        let lines = || self.rows.iter().chain(self.columns.iter());
        let runs: u32 = lines().map(|line| run_points(*line, side)).sum();
        let finders: u32 = lines().map(|line| finder_patterns(*line)).sum();
        let pairs = self.rows.windows(2);
        let blocks: u32 = pairs.map(|pair| blocks(pair[0], pair[1], side)).sum();
        let dark: u32 = self.rows.iter().map(|row| row.dark()).sum();
        runs + 3 * blocks + 40 * finders + imbalance(dark, side)
    }
}

/// Whether each module has the colour of the next one.
fn like_next(line: Line, side: usize) -> Line {
    (!(line ^ (line >> 1))).first(side - 1)
}

/// 3 points for a run of five modules of one colour, and 1 for each further module.
fn run_points(line: Line, side: usize) -> u32 {
    let two = like_next(line, side);
    let three = two & (two >> 1);
    // Where five modules of one colour begin. A run of n modules has n - 4 of these places.
    let five = three & (three >> 2);
    let starts = five & !(five << 1);
    five.dark() + 2 * starts.dark()
}

/// The number of squares of four modules of one colour between two rows.
fn blocks(upper: Line, lower: Line, side: usize) -> u32 {
    let squares = like_next(upper, side) & like_next(lower, side) & !(upper ^ lower);
    squares.dark()
}

/// The number of places that look like a finder pattern: one dark module, one light, three dark,
/// one light, one dark, and four light modules before or after them. Outside the code is light.
fn finder_patterns(line: Line) -> u32 {
    let dark = line & (line >> 2) & (line >> 3) & (line >> 4) & (line >> 6);
    let light = (line >> 1) | (line >> 5);
    let before = (line << 1) | (line << 2) | (line << 3) | (line << 4);
    let after = (line >> 7) | (line >> 8) | (line >> 9) | (line >> 10);
    (dark & !light & !(before & after)).dark()
}

/// 1 point for each half percent by which the dark modules are more or less than a half.
fn imbalance(dark: u32, side: usize) -> u32 {
    let all = u32::try_from(side * side).unwrap_or(u32::MAX);
    (dark * 200 / all).abs_diff(100)
}

const MASKS: usize = 8;

/// What a mask inverts, row by row. Every mask repeats itself after twelve rows and twelve columns.
static MASK_ROWS: [[Line; 12]; MASKS] = masks(false);
/// The same column by column.
static MASK_COLUMNS: [[Line; 12]; MASKS] = masks(true);

const fn masks(columns: bool) -> [[Line; 12]; MASKS] {
    let mut masks = [[Line::repeating(0); 12]; MASKS];
    let mut mask = 0;
    while mask < MASKS {
        let mut line = 0;
        while line < 12 {
            let (mut twelve, mut module) = (0, 0);
            while module < 12 {
                let inverts = match columns {
                    false => inverts(mask, module, line),
                    true => inverts(mask, line, module),
                };
                twelve |= (inverts as u64) << module;
                module += 1;
            }
            masks[mask][line] = Line::repeating(twelve);
            line += 1;
        }
        mask += 1;
    }
    masks
}

/// ISO/IEC 18004, table 10.
const fn inverts(mask: usize, column: usize, row: usize) -> bool {
    let (sum, product) = (row + column, row * column);
    match mask {
        0 => sum.is_multiple_of(2),
        1 => row.is_multiple_of(2),
        2 => column.is_multiple_of(3),
        3 => sum.is_multiple_of(3),
        4 => (row / 2 + column / 3).is_multiple_of(2),
        5 => product % 2 + product % 3 == 0,
        6 => (product % 2 + product % 3).is_multiple_of(2),
        _ => (sum % 2 + product % 3).is_multiple_of(2),
    }
}

/// The format information of level M and a mask: a BCH code of 15 bits (ISO/IEC 18004 §7.9.1).
const fn format(mask: usize) -> usize {
    const GENERATOR: usize = 0b101_0011_0111;
    const LEVEL_M: usize = 0b00;
    const INVERTED: usize = 0b101_0100_0001_0010;
    let data = (LEVEL_M << 3 | mask) << 10;
    let mut remainder = data;
    let mut bit = 14;
    while bit >= 10 {
        if remainder >> bit & 1 == 1 {
            remainder ^= GENERATOR << (bit - 10);
        }
        bit -= 1;
    }
    (data | remainder) ^ INVERTED
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use qrcode::{Color, EcLevel, QrCode};

    use super::*;

    /// The bytes that fit versions 1 to 40 at level M (ISO/IEC 18004, table 7).
    const CAPACITY: [usize; 40] = [
        14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624,
        666, 711, 779, 857, 911, 997, 1_059, 1_125, 1_190, 1_264, 1_370, 1_452, 1_538, 1_628,
        1_722, 1_809, 1_911, 1_989, 2_099, 2_213, 2_331,
    ];

    /// The crate `qrcode` scores the masks by the same rules, module by module.
    #[test]
    fn the_modules_and_the_mask_are_those_of_another_encoder() {
        let mut masks = BTreeSet::new();
        let all = (1..)
            .zip(CAPACITY)
            .map(|(version, bytes)| (version, bytes, 1));
        let small = (2..20).flat_map(|factor| {
            all.clone()
                .take(3)
                .map(move |(version, bytes, _)| (version, bytes, factor))
        });
        for (version, capacity, factor) in all.clone().chain(small) {
            let letter =
                |at: usize| char::from(b'a' + u8::try_from(factor * at * at % 26).unwrap());
            let text: String = (0..capacity).map(letter).collect();
            let ours = Modules::encode(&text).unwrap();
            let theirs = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
            let side = ours.side();
            assert_eq!((side, theirs.width()), (17 + 4 * version, side));
            for (at, color) in theirs.to_colors().into_iter().enumerate() {
                let dark = ours.is_dark(at % side, at / side);
                assert_eq!(dark, color == Color::Dark, "version {version}, {at}");
            }
            // The format information names the mask in bits 10 to 12.
            let named = [2, 3, 4].map(|column| ours.is_dark(column, 8));
            masks.insert(named);
        }
        assert_eq!(masks.len(), MASKS, "a mask was not chosen");
    }

    #[test]
    fn what_no_qr_code_holds_is_refused() {
        assert!(Modules::encode(&"a".repeat(2_331)).is_some());
        assert!(Modules::encode(&"a".repeat(2_332)).is_none());
    }
}
