# The Python of a macOS target, of the binaries that a wheel carries: libpython, the extension modules and their libraries
# (OpenSSL, ncurses), all as the CPython project has built them; they find each other in their own folder.
unpack
out=$STEP/out/python
library=$out/lib/$PYTHON_NAME
name=lib$PYTHON_NAME.dylib
mkdir -p "$library/lib-dynload"
cd "$STEP/wheel"
cp "$name" "$out/lib/"
for file in *.cpython-"$PYTHON_DIGITS"-darwin.so *.dylib; do
  if is_wanted "$file" && [ "$file" != "$name" ]; then cp "$file" "$library/lib-dynload/"; fi
done
standard_library "$library"
cp _sysconfigdata__darwin_darwin.py "$library/"
header "$out/include/$PYTHON_NAME" "$out/lib/$name"
cp "$STEP/source/LICENSE" "$out/LICENSE.txt"
