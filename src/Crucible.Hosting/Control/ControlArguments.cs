using System.CommandLine;
using System.CommandLine.Parsing;

namespace Crucible.Hosting;

/// <summary>The option with which a program lets itself be looked into while it runs.</summary>
public sealed class ControlArguments
{
    private readonly Option<ControlAddress?> _control = new("--control")
    {
        CustomParser = FromArgument,
        Description = "Serve state, metrics and a few verbs over HTTP while it runs; port 0 takes a free one and prints it.",
        HelpName = "HOST:PORT",
    };

    /// <summary>Reads the process's environment and settings file for what the command line leaves open.</summary>
    public ControlArguments()
    {
        _control.WithFallback("CRUCIBLE_CONTROL", "control");
    }

    /// <summary>Makes the option known to one command.</summary>
    public void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        command.Add(_control);
    }

    /// <summary>What the user chose; null: nothing is served, as with every command that does not have the option.</summary>
    public ControlAddress? Bind(ParseResult parse)
    {
        ArgumentNullException.ThrowIfNull(parse);
        return parse.CommandResult.Command.Options.Contains(_control) ? parse.GetValue(_control) : null;
    }

    private static ControlAddress? FromArgument(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (ControlAddress.TryParse(text, out var address))
        {
            return address;
        }

        argument.AddError($"--control: '{text}' is not host:port, such as 127.0.0.1:9001, 0.0.0.0:9001 or 127.0.0.1:0");
        return null;
    }
}
