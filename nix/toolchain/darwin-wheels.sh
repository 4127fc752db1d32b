# The Python of a macOS target, of the binaries that a wheel carries: libpython, the extension modules and their libraries
# (OpenSSL, ncurses), all as the CPython project has built them; they find each other in their own folder.
unpack
out=$STEP/out/python
library=$out/lib/python3.13
mkdir -p "$library/lib-dynload"
cd "$STEP/wheel"
cp libpython3.13.dylib "$out/lib/"
for file in *.cpython-313-darwin.so *.dylib; do
  if is_wanted "$file" && [ "$file" != libpython3.13.dylib ]; then cp "$file" "$library/lib-dynload/"; fi
done
standard_library "$library"
cp _sysconfigdata__darwin_darwin.py "$library/"
header "$out/include/python3.13" "$out/lib/libpython3.13.dylib"
cp "$STEP/source/LICENSE" "$out/LICENSE.txt"
