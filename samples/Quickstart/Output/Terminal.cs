using Spectre.Console;

namespace LlmTelemetry.Quickstart;

/// <summary>Where the output goes: colours and a spinner on a terminal (no colours where NO_COLOR is set), plain lines in a file or pipe.</summary>
internal static class Terminal
{
    // So wide that no line is broken.
    private const int PlainWidth = 1_000;

    public static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            // They would turn colours on again in some CI systems.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        plain.Profile.Width = PlainWidth;
        return plain;
    }
}
