// The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded by an array, with
// numbers of 53 bits: the stream of NumPy's `RandomState(words).random_sample()`.

const SIZE = 624;
const SHIFT = 397;

/** What every seed begins with. */
const FIRST = new Int32Array(SIZE);
FIRST[0] = 19650218;
for (let i = 1; i < SIZE; i++) {
  FIRST[i] = Math.imul(FIRST[i - 1] ^ (FIRST[i - 1] >>> 30), 1812433253) + i;
}

/** A stream of random numbers. */
export class MersenneTwister {
  constructor() {
    this.state = new Int32Array(SIZE);
    this.next = SIZE;
  }

  /**
   * Begin the stream that belongs to some words of 32 bits.
   * @param {number[]} words
   */
  seed(words) {
    const { state } = this;
    state.set(FIRST);
    let i = 1;
    let j = 0;
    for (let left = Math.max(SIZE, words.length); left > 0; left--) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = (state[i] ^ Math.imul(before, 1664525)) + words[j] + j;
      if (++i === SIZE) {
        state[0] = state[SIZE - 1];
        i = 1;
      }
      if (++j === words.length) j = 0;
    }
    for (let left = SIZE - 1; left > 0; left--) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = (state[i] ^ Math.imul(before, 1566083941)) - i;
      if (++i === SIZE) {
        state[0] = state[SIZE - 1];
        i = 1;
      }
    }
    state[0] = 0x80000000;
    this.next = SIZE;
  }

  /**
   * Fill an array with numbers from 0 inclusive to 1 exclusive, of 53 random bits each.
   * @param {Float64Array} numbers
   */
  fill(numbers) {
    const { state } = this;
    for (let i = 0; i < numbers.length; i++) {
      if (this.next === SIZE) this.twist(); // always at an even place, since SIZE is even
      const high = tempered(state[this.next]) >>> 5;
      const low = tempered(state[this.next + 1]) >>> 6;
      this.next += 2;
      numbers[i] = (high * 2 ** 26 + low) * 2 ** -53;
    }
  }

  twist() {
    const { state } = this;
    for (let i = 0; i < SIZE - SHIFT; i++) state[i] = state[i + SHIFT] ^ mixed(state[i], state[i + 1]);
    for (let i = SIZE - SHIFT; i < SIZE - 1; i++) {
      state[i] = state[i + SHIFT - SIZE] ^ mixed(state[i], state[i + 1]);
    }
    state[SIZE - 1] = state[SHIFT - 1] ^ mixed(state[SIZE - 1], state[0]);
    this.next = 0;
  }
}

/** @param {number} y */
function tempered(y) {
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}

/** @param {number} one @param {number} following */
function mixed(one, following) {
  const y = (one & 0x80000000) | (following & 0x7fffffff);
  return (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
}
