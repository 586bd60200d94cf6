import type { Call } from '../grammar/call.ts';

/** Bash: what it splits at `=` and `:` is one word for us, of which it replaces only what is after the last of them. */
const BASH = `# bash completion of flagctl
_flagctl() {
    local -a words=()
    local i word rest trimmed line files='' breaks='' head strip='' quote='' closed='' c
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
    word=\${words[\${#words[@]}-1]}
    head=$word
    for ((i = 0; i < \${#word}; i++)); do
        c=\${word:i:1}
        if [[ -n $quote ]]; then
            if [[ $c == "$quote" ]]; then
                quote='' closed=1
            elif [[ $c == \\\\ && $quote == '"' ]]; then
                ((i += 1))
            fi
        elif [[ $c == \\\\ ]]; then
            ((i += 1))
        elif [[ $c == '"' || $c == "'" ]]; then
            quote=$c
            head=\${word:0:i}
        fi
    done
    COMPREPLY=()
    if [[ -n $quote ]]; then
        # what is before the quote stays
        strip=$head
    else
        [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
        [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
        [[ -n $breaks ]] && strip=\${head%"\${head##*[$breaks]}"}
    fi
    strip=\${strip//\\\\/}
    while IFS= read -r line; do
        if [[ $line == $'\\tfiles' ]]; then
            files=1
            continue
        fi
        # of a word with quotes that are closed, bash replaces only what is after them
        [[ -n $closed ]] && continue
        line=\${line%%$'\\t'*}
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
    done < <(command flagctl __complete --quoted -- "\${words[@]:1}" 2>/dev/null)
    [[ -n $files ]] || compopt +o default 2>/dev/null
}
complete -o default -F _flagctl flagctl
`;

const ZSH = `#compdef flagctl
# zsh completion of flagctl
_flagctl() {
    local -a lines candidates
    local line value files bs='\\'
    lines=("\${(@f)$(command flagctl __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
    for line in "\${lines[@]}"; do
        if [[ $line == $'\\tfiles' ]]; then
            files=1
        elif [[ $line == *$'\\t'* ]]; then
            value=\${line%%$'\\t'*}
            value=\${value//$bs/$bs$bs}
            candidates+=("\${value//:/$bs:}:\${line#*$'\\t'}")
        elif [[ -n $line ]]; then
            value=\${line//$bs/$bs$bs}
            candidates+=("\${value//:/$bs:}")
        fi
    done
    if [[ -n $files ]]; then
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files
    elif ((\${#candidates[@]})); then
        _describe -t flagctl flagctl candidates
    fi
}
if [[ \${funcstack[1]} == _flagctl ]]; then
    _flagctl "$@"
else
    compdef _flagctl flagctl
fi
`;

const FISH = `# fish completion of flagctl
function __flagctl_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -e words[1]
    set -l current (commandline --current-token --cut-at-cursor)
    for line in (command flagctl __complete -- $words "$current" 2>/dev/null)
        if test "$line" = \\tfiles
            set -l lead (string match --regex -- '^--[^=]*=' "$current")
            for path in (__fish_complete_path (string replace --regex -- '^--[^=]*=' '' "$current"))
                printf '%s\\n' "$lead$path"
            end
        else
            printf '%s\\n' "$line"
        end
    end
end
complete --command flagctl --no-files --arguments '(__flagctl_complete)'
`;

/** The completion of each shell. */
export const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** `completion`. */
export async function completion({ world, args }: Call): Promise<number> {
  await world.out(SCRIPTS[args[0] as keyof typeof SCRIPTS]);
  return 0;
}
