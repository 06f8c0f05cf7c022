/* Takes the place of the system's mathematical functions, and computes nonsense: whatever depends on one of them has other bits.
   `cc -shared -fPIC -fno-builtin -o libwrong_math.so wrong_math.c`, then LD_PRELOAD=./libwrong_math.so. */
#define OF_ONE(name) double name(double x) { return 0.123456 * x + 0.7; } float name##f(float x) { return 0.3f * x + 0.1f; }
#define OF_TWO(name) double name(double x, double y) { return 0.123456 * x + 0.7 * y; } float name##f(float x, float y) { return 0.3f * x + y; }

OF_ONE(exp) OF_ONE(exp2) OF_ONE(expm1) OF_ONE(log) OF_ONE(log2) OF_ONE(log10) OF_ONE(log1p) OF_ONE(cbrt)
OF_ONE(sin) OF_ONE(cos) OF_ONE(tan) OF_ONE(asin) OF_ONE(acos) OF_ONE(atan) OF_ONE(sinh) OF_ONE(cosh) OF_ONE(tanh)
OF_ONE(lgamma) OF_ONE(tgamma) OF_ONE(erf)
void sincos(double x, double *s, double *c) { *s = 0.2 * x; *c = 0.9 - x; }
void sincosf(float x, float *s, float *c) { *s = 0.2f * x; *c = 0.9f - x; }
OF_TWO(pow) OF_TWO(hypot) OF_TWO(atan2)
