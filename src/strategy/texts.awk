# SPDX-License-Identifier: MIT
# Makes texts.c of the programs that are named as arguments: each a string, named after its file.
function quoted(words) {
    gsub(/\\/, "\\\\", words)
    gsub(/"/, "\\\"", words)
    return "\"" words "\""
}
function finish() {
    if (count > 0)
        printf ";\n\n"
}
BEGIN {
    count = 0
    print "/* Made from strategies/ by texts.awk. */"
    print "#include \"strategy/texts.h\"\n"
}
FNR == 1 {
    finish()
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.craps$/, "", name)
    names[count] = name
    printf "static const char text_%d[] =", count++
}
{ printf "\n    %s \"\\n\"", quoted($0) }
END {
    finish()
    print "const struct strategy_source strategy_texts[] = {"
    for (i = 0; i < count; i++)
        printf "    {%s, {(const uint8_t *)text_%d, sizeof text_%d - 1}},\n", quoted(names[i]), i, i
    print "};\n\nconst size_t strategy_texts_count = " count ";"
}
