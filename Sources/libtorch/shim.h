// libtorch is C++: CTorch includes its headers, and Swift sees only CTorch.h.
