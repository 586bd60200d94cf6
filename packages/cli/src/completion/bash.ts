/** Bash: what it splits at `=` and `:` is one word for us, of which it replaces only what is after the last of them. */
export const BASH: string = `# bash completion of flagctl
_flagctl() {
    local -a words=() names=()
    local i word rest trimmed line lead file files='' breaks='' plain='' strip='' quote='' closed='' c
    rest=\${COMP_LINE:0:COMP_POINT}
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        trimmed=\${rest#"\${rest%%[![:space:]]*}"}
        ((i == COMP_CWORD)) && word=$trimmed
        if ((i > 0)) && [[ $trimmed == "$rest" ]]; then
            words[\${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        rest=\${trimmed#"$word"}
    done
    # bash replaces what is after an open quote, or after a character that breaks words
    word=\${words[\${#words[@]}-1]}
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
    [[ $COMP_WORDBREAKS == *@* ]] && breaks+='@'
    for ((i = 0; i < \${#word}; i++)); do
        c=\${word:i:1}
        if [[ -n $quote ]]; then
            if [[ $c == "$quote" ]]; then
                quote='' closed=1
            elif [[ $c == \\\\ && $quote == '"' ]]; then
                ((i += 1))
            fi
        elif [[ $c == '"' || $c == "'" ]]; then
            quote=$c strip=$plain
        elif [[ $c == \\\\ ]]; then
            ((i += 1))
            plain+=\${word:i:1}
        else
            plain+=$c
            # the @ itself is replaced, too
            [[ -n $breaks && $c == ["$breaks"] ]] && strip=\${plain%@}
        fi
    done
    while IFS= read -r line; do
        if [[ $line != $'\\tfiles'* ]]; then
            names+=("\${line%%$'\\t'*}")
            continue
        fi
        files=1
        line=\${line#$'\\tfiles'}
        lead=\${line#$'\\t'}
        lead=\${lead%%$'\\t'*}
        word=\${line##*$'\\t'}
        # left to bash, if what it replaces is the name of a file, from its beginning
        [[ -z $line || -n $closed || $lead == "$strip" || $lead$word == [~\\$]* ]] && continue
        files=''
        while IFS= read -r file; do
            [[ -d $file ]] && file+=/
            [[ -n $file ]] && names+=("$lead$file")
        done < <(set +f; shopt -u failglob; shopt -s nullglob; printf '%s\\n' "$word"*)
    done < <(command flagctl __complete --quoted -- "\${words[@]:1}" 2>/dev/null)
    COMPREPLY=()
    for line in "\${names[@]}"; do
        # of a word with quotes that are closed, bash replaces only what is after them
        [[ -n $closed ]] && break
        # a level or a file follows in the same word
        [[ $line == *[=/] ]] && compopt -o nospace 2>/dev/null
        line=\${line#"$strip"}
        # a name must not be a command, nor end the quotes that are open
        case $quote in
        '')
            printf -v line %q "$line"
            ;;
        '"')
            [[ $line == *'!'* ]] && continue
            rest=''
            for ((i = 0; i < \${#line}; i++)); do
                c=\${line:i:1}
                [[ '\\"$\`' == *"$c"* ]] && rest+='\\'
                rest+=$c
            done
            line=$rest
            ;;
        *)
            [[ $line == *"'"* ]] && continue
            ;;
        esac
        COMPREPLY+=("$line")
    done
    [[ -n $files ]] || compopt +o default 2>/dev/null
}
complete -o default -F _flagctl flagctl
`;
