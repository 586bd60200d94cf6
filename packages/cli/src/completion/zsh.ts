/** Zsh: names and what they are go to `_describe`, files are left to `_files`. */
export const ZSH: string = `#compdef flagctl
# zsh completion of flagctl
_flagctl() {
    local -a lines candidates more
    local line value files lead bs='\\'
    lines=("\${(@f)$(command flagctl __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
    for line in "\${lines[@]}"; do
        if [[ $line == $'\\tfiles'* ]]; then
            files=1
            # where the name of a file begins within the word, after what
            lead=\${\${line#$'\\tfiles'}#$'\\t'}
            lead=\${lead%%$'\\t'*}
            continue
        fi
        value=\${line%%$'\\t'*}
        [[ -n $value ]] || continue
        # a level follows in the same word
        [[ $value == *= ]] && more=(-S '')
        value=\${value//$bs/$bs$bs}
        value=\${value//:/$bs:}
        [[ $line == *$'\\t'* ]] && value+=:\${line#*$'\\t'}
        candidates+=("$value")
    done
    if [[ -n $files ]]; then
        [[ -n $lead ]] && compset -P "$lead"
        _files
    elif ((\${#candidates})); then
        _describe -t flagctl flagctl candidates "\${more[@]}"
    fi
}
if [[ \${funcstack[1]} == _flagctl ]]; then
    _flagctl "$@"
else
    compdef _flagctl flagctl
fi
`;
