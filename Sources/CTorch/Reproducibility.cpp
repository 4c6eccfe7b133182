// What has to be settled before libtorch's libraries compute anything.

#include <cstdlib>

namespace {

/// MKL's matrix products treat a row by where it lies in memory: at 16 bytes, or between them, it may
/// be summed in another order. Then equal rows of one product differ in their last bits. In the mode
/// "AUTO" (conditional numerical reproducibility on the best instructions) they do not, at a price
/// that does not show. MKL reads the variable at its first call; the user's own setting wins.
__attribute__((constructor)) void makeRowsOfProductsAlike() { setenv("MKL_CBWR", "AUTO", 0); }

}  // namespace
