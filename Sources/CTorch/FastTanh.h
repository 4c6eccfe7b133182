// e^x and tanh for float loops that the compiler is to vectorise: no branches, no library calls.

#pragma once

#include "VectorClones.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace basin {

/// (e^r - 1) / r for |r| <= ln 2 / 2, a fit of least maximum error.
BASIN_INLINE float expm1Ratio(float r) {
#pragma clang fp contract(fast)
  float q = 0.001394111093f;
  q = q * r + 0.008369150982f;
  q = q * r + 0.04166635286f;
  q = q * r + 0.1666650523f;
  q = q * r + 0.5000000047f;
  return q * r + 1.000000011f;
}

/// e^x = power (1 + rest) for x in [-87, 0]; relative errors of e^x and e^x - 1 below 2e-7.
struct ScaledExp {
  float power, rest;
};

BASIN_INLINE ScaledExp expNonPositive(float x) {
#pragma clang fp contract(fast)
  x = x < -87.0f ? -87.0f : x;
  // x = n ln 2 + r with |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds to the nearest integer.
  const float shifted = x * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const float q = expm1Ratio(r);
  // The bits of `shifted` are those of 1.5 * 2^23, and n more; a NaN has no integer to be converted to.
  const float power =
      std::bit_cast<float>((std::bit_cast<uint32_t>(shifted) - 0x4B400000u + 127u) << 23);
  return {power, r * q};
}

BASIN_INLINE float tanhOf(float x) {
#pragma clang fp contract(fast)
  const ScaledExp e = expNonPositive(-2.0f * (x < 0 ? -x : x));
  const float m = e.power * e.rest + (e.power - 1.0f);
  const float t = -m / (2.0f + m);
  return x < 0 ? -t : t;
}
BASIN_INLINE double tanhOf(double x) { return std::tanh(x); }

}  // namespace basin
