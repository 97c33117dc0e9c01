# Completes slsloggrep for fish. To have it in every fish to come:
# slsloggrep completion fish > ~/.config/fish/completions/slsloggrep.fish
function _slsloggrep_completion;
    set -l response (env _SLSLOGGREP_COMPLETE=fish_complete COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) slsloggrep);

    for completion in $response;
        set -l metadata (string split --max 1 "," $completion);

        if test $metadata[1] = "dir";
            __fish_complete_directories $metadata[2];
        else if test $metadata[1] = "file";
            __fish_complete_path $metadata[2];
        else if contains $metadata[1] plain unfinished;
            echo $metadata[2];
        end;
    end;
end;

complete --no-files --command slsloggrep --arguments "(_slsloggrep_completion)";
