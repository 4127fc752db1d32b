# GNU readline's interface, with libedit's licence.
unpack
gather
cd ../source/src
mkdir -p "$STEP/out/include/editline" made
cp editline/readline.h "$STEP/out/include/editline/"
for header in vi emacs common; do sh makelist -h $header.c > made/$header.h; done
sh makelist -fh made/vi.h made/emacs.h made/common.h > made/fcns.h
sh makelist -fc made/vi.h made/emacs.h made/common.h > made/func.h
sh makelist -bh vi.c emacs.c common.c > made/help.h
for name in STDINT_H SYS_TYPES_H CURSES_H NCURSES_H TERM_H TERMCAP_H GETLINE WCSDUP SECURE_GETENV SIZE_MAX U_INT32_T \
  GETPW_R_POSIX; do
  echo "#define HAVE_$name 1"
done > made/config.h
echo '#include "sys.h"' >> made/config.h
archive libedit.a "$OPTIMISE -D_GNU_SOURCE -Imade -I. -I../../deps/include" [!w]*.c
