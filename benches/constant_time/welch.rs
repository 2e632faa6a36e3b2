//! Welch's t-test over a stream of samples, whole and cropped.

/// The number of crops. Times beyond the median are mostly noise of the machine, so that the crops
/// are at 1 − 2^(−i/2) for `i` from 1 on: 29 %, 50 %, 65 %, … 99.9 %.
const CROPS: usize = 20;
/// A crop with fewer samples in either class is ignored.
const LEAST: u64 = 1_000;

/// Mean and variance of a stream (Welford 1962).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.squares += delta * (value - self.mean);
    }

    /// The variance of the mean.
    fn variance(&self) -> f64 {
        self.squares / (self.count as f64 - 1.0) / self.count as f64
    }
}

/// The two classes of one crop.
type Classes = [Moments; 2];

fn t(classes: &Classes) -> Option<f64> {
    let [one, other] = classes;
    if one.count.min(other.count) < LEAST {
        return None;
    }
    let spread = (one.variance() + other.variance()).sqrt();
    (spread > 0.0).then(|| (one.mean - other.mean) / spread)
}

/// The limits of the crops in a block of samples, and the origin of its times.
pub(super) struct Crops {
    median: f64,
    limits: [f64; CROPS],
}

impl Crops {
    /// The crops of samples, whatever their classes.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is an index of a sample"
    )]
    pub(super) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples[(share * (samples.len() - 1) as f64) as usize];
        Self {
            median: at(0.5),
            limits: std::array::from_fn(|i| at(1.0 - 0.5_f64.powf((i + 1) as f64 / 2.0))),
        }
    }
}

/// The results about two classes.
#[derive(Default)]
pub(super) struct Comparison {
    whole: Classes,
    cropped: [Classes; CROPS],
    /// The medians of the blocks, once a sample.
    medians: Moments,
}

impl Comparison {
    /// Adds a sample, relative to the median of the block before. A machine that is slower for a
    /// while is so for both classes.
    pub(super) fn add(&mut self, class: usize, time: f64, crops: &Crops) {
        let counted = time - crops.median;
        self.medians.add(crops.median);
        self.whole[class].add(counted);
        for (classes, limit) in self.cropped.iter_mut().zip(crops.limits) {
            if time <= limit {
                classes[class].add(counted);
            }
        }
    }

    /// The t with the largest absolute value.
    pub(super) fn largest_t(&self) -> f64 {
        std::iter::once(&self.whole)
            .chain(&self.cropped)
            .filter_map(t)
            .max_by(|one, other| one.abs().total_cmp(&other.abs()))
            .unwrap_or_default()
    }

    /// How many nanoseconds longer the first class takes, in the crop at 94 %, which lacks the
    /// worst noise.
    pub(super) fn difference(&self) -> f64 {
        let [one, other] = &self.cropped[7];
        one.mean - other.mean
    }

    /// The mean of the blocks' medians, in nanoseconds.
    pub(super) fn median(&self) -> f64 {
        self.medians.mean
    }

    pub(super) fn samples(&self) -> u64 {
        self.medians.count
    }
}
