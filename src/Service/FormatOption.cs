using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary>How an answer is printed: <c>--format</c>, and <c>--json</c>, which every command that has the one has too (<see cref="CommandLine.Root"/>).</summary>
internal sealed class FormatOption : Option<string>
{
    /// <param name="description">What the formats are.</param>
    /// <param name="standard">The one where none is said; null: what the command makes of it.</param>
    /// <param name="formats">All of them.</param>
    public FormatOption(string description, string? standard, params string[] formats)
        : base("--format")
    {
        Description = description;
        HelpName = "format";
        DefaultValueFactory = result => result.GetValue(Json) ? ReportFormat.Json : standard!;
        AcceptOnlyFromAmong(formats);
    }

    /// <summary>A table, or JSON.</summary>
    public static FormatOption TableOrJson() => new("table or json.", ReportFormat.Table, ReportFormat.Table, ReportFormat.Json);

    /// <summary>A line for a person, or JSON: of commands that do something.</summary>
    public static FormatOption TextOrJson() => new("text or json.", ReportFormat.Text, ReportFormat.Text, ReportFormat.Json);

    public Option<bool> Json { get; } = new("--json") { Description = "The same as --format json." };

    public bool IsJson(ParseResult arguments) => arguments.GetValue(this) == ReportFormat.Json;

    /// <summary>Adds <see cref="Json"/> to each command that has a format.</summary>
    public static void AddJson(Command command)
    {
        if (command.Options.OfType<FormatOption>().FirstOrDefault() is { } format)
        {
            command.Add(format.Json);
            command.Validators.Add(result =>
            {
                if (result.GetValue(format.Json) && result.GetResult(format) is { Implicit: false } && result.GetValue(format) != ReportFormat.Json)
                {
                    result.AddError($"--json is --format json, and --format {result.GetValue(format)} was said too.");
                }
            });
        }

        foreach (var verb in command.Subcommands)
        {
            AddJson(verb);
        }
    }
}
