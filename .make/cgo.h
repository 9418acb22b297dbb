/* Included in whatever cgo gives to gcc; it makes the first build two minutes shorter.
 *
 * To learn what kind of thing a C name is, cgo compiles for each one the line
 *
 *	void f(void) { NAME *__cgo_undefined__2; }
 *
 * and sees whether it fails: if not, NAME is a type. Otherwise it is a product with an unknown
 * factor, and gcc searches all it knows for a name that might have been meant, for each of the
 * thousands of functions of OpenGL. With a factor that is known and cannot be multiplied, the line
 * fails at once. Where cgo does this some other way, these words have no effect.
 */
#ifndef __ASSEMBLER__
extern struct { int x; } __cgo_undefined__2;
#endif
