namespace Crucible.Hosting;

/// <summary>Where an option that is not on the command line looks for its value.</summary>
/// <param name="environment">Gives a variable's value, null when it isn't set.</param>
/// <param name="settings">The settings file of the working directory.</param>
internal sealed class FallbackSource(Func<string, string?> environment, SettingsFile settings)
{
    /// <summary>This process's environment and <c>appsettings.json</c> in its working directory.</summary>
    public static FallbackSource Process { get; } =
        new(Environment.GetEnvironmentVariable, new SettingsFile("appsettings.json"));

    /// <summary>The environment's answer, else the file's, else null. An empty variable counts as not set.</summary>
    /// <param name="variable">The environment variable's name.</param>
    /// <param name="setting">See <see cref="SettingsFile.Find(string)"/>.</param>
    /// <param name="severalValues">Whether a variable holds a list, with commas between.</param>
    public FallbackValue? Find(string variable, string setting, bool severalValues)
    {
        if (environment(variable) is { Length: > 0 } text)
        {
            const StringSplitOptions Tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
            return new FallbackValue(variable, severalValues ? text.Split(',', Tidy) : [text], Error: null);
        }

        try
        {
            return settings.Find(setting) is { } values ? new FallbackValue($"appsettings.json: {setting}", values, null) : null;
        }
        catch (UsageException exception)
        {
            return new FallbackValue("appsettings.json", [], exception.Message);
        }
    }
}

/// <summary>What was found for an option.</summary>
/// <param name="Origin">Named in front of what is wrong with the values.</param>
/// <param name="Values">As the command line would give them.</param>
/// <param name="Error">Why there are no values: the source itself is broken.</param>
internal sealed record FallbackValue(string Origin, IReadOnlyList<string> Values, string? Error);
