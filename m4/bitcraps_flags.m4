# BITCRAPS_FLAGS(VARIABLE, FLAGS): keep those of FLAGS that the compiler takes, in VARIABLE.
AC_DEFUN([BITCRAPS_FLAGS], [
    $1=
    for flag in m4_normalize([$2]); do
        AC_MSG_CHECKING([whether $CC takes $flag])
        saved_CFLAGS=$CFLAGS
        CFLAGS="-Werror $flag"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
            [AC_MSG_RESULT([yes]); $1="$$1 $flag"], [AC_MSG_RESULT([no])])
        CFLAGS=$saved_CFLAGS
    done
    AC_SUBST([$1])])
