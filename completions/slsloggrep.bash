# Completes slsloggrep for bash. To have it in every bash to come:
# slsloggrep completion bash > ~/.local/share/bash-completion/completions/slsloggrep
_slsloggrep_completion() {
    local IFS=$'\n'
    local response

    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD COMP_LINE="${COMP_LINE:0:COMP_POINT}" _SLSLOGGREP_COMPLETE=bash_complete $1)

    for completion in $response; do
        IFS=',' read type value <<< "$completion"

        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=($value)
        elif [[ $type == 'unfinished' ]]; then
            COMPREPLY+=($value)
            compopt -o nospace
        fi
    done

    return 0
}

_slsloggrep_completion_setup() {
    complete -o nosort -F _slsloggrep_completion slsloggrep
}

_slsloggrep_completion_setup;
