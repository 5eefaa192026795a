// The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded by an array, with
// numbers of 53 bits: the stream of NumPy's `RandomState(words).random_sample()`.

const SIZE = 624;
const SHIFT = 397;

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
    const state = this.state;
    state[0] = 19650218;
    for (let i = 1; i < SIZE; i++) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = Math.imul(before, 1812433253) + i;
    }
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
    for (let i = 0; i < numbers.length; i++) {
      const high = this.word() >>> 5;
      numbers[i] = (high * 67108864 + (this.word() >>> 6)) / 9007199254740992;
    }
  }

  /** @returns {number} the next 32 bits, as a signed integer */
  word() {
    if (this.next === SIZE) this.twist();
    let y = this.state[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  twist() {
    const state = this.state;
    for (let i = 0; i < SIZE; i++) {
      const following = state[i + 1 === SIZE ? 0 : i + 1];
      const y = (state[i] & 0x80000000) | (following & 0x7fffffff);
      const other = state[i < SIZE - SHIFT ? i + SHIFT : i + SHIFT - SIZE];
      state[i] = other ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
    }
    this.next = 0;
  }
}
