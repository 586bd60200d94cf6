/** Fish: it compares and escapes by itself, names as well as files; what it is given has no quotes. */
export const FISH: string = `# fish completion of flagctl
function __flagctl_ask
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -e words[1]
    # without its quotes and backslashes, the last of which may be begun
    set -l token (commandline --current-token --cut-at-cursor)
    set -l current (string unescape -- "$token")
    or set current (string unescape -- (string replace --regex '\\\\\\\\$' '' -- "$token"))
    command flagctl __complete -- $words "$current" 2>/dev/null
end

# fish wants to know twice for each line: it is asked at the first time
function __flagctl_lines
    set -l line (commandline --cut-at-cursor | string collect)
    if set -q __flagctl_line; and test "$line" = "$__flagctl_line"
        set -e __flagctl_line
    else
        set -g __flagctl_line $line
        set -g __flagctl_answer (__flagctl_ask)
    end
    set -q __flagctl_answer[1]; and printf '%s\\n' $__flagctl_answer
end

# where names of files are left to fish, which expands ~ and variables, and knows that one can begin after a = or :
set -g __flagctl_native '^\\tfiles($|\\t([^\\t]*=)?\\t([~$]|[^=:]*$))'

function __flagctl_files
    string match --quiet --regex $__flagctl_native -- (__flagctl_lines)
end

function __flagctl_names
    for line in (__flagctl_lines)
        if not string match --quiet --regex '^\\tfiles' -- $line
            printf '%s\\n' $line
        else if not string match --quiet --regex $__flagctl_native -- $line
            # after a letter, or with a = or : in the name
            set -l part (string split \\t -- $line)
            for path in "$part[4]"*
                test -d $path; and set path $path/
                printf '%s\\n' $part[3]$path
            end
        end
    end
end

complete --command flagctl --condition __flagctl_files --force-files
complete --command flagctl --no-files --arguments '(__flagctl_names)'
`;
