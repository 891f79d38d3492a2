using System.CommandLine;
using System.CommandLine.Help;
using LlmTelemetry.Service.Tests.Budgets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

/// <summary>docs/cli.md and the command say the same.</summary>
public sealed class CliDocTests : IDisposable
{
    private static readonly string[] OfALedger = ["records", "export", "budget", "erase", "prune", "clear", "doctor"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-doc-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_verb_and_option_is_described_and_no_other()
    {
        var described = Sections().ToDictionary(section => section.Key, section => Options(section.Value));
        var known = Verbs(Root(), "").ToDictionary(verb => verb.Name, verb => verb.Command);

        Assert.Equal(known.Keys.Order(StringComparer.Ordinal), described.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, command) in known)
        {
            IEnumerable<string> options = [.. command.Options.Where(option => option is not HelpOption).Select(option => option.Name), .. command.Arguments.Select(argument => argument.Name)];
            Assert.True(options.Order(StringComparer.Ordinal).SequenceEqual(described[name].Order(StringComparer.Ordinal)), $"{name}: the command knows {string.Join(' ', options.Order(StringComparer.Ordinal))}; docs/cli.md has {string.Join(' ', described[name].Order(StringComparer.Ordinal))}.");
        }
    }

    [Fact]
    public async Task Every_example_is_right_and_those_of_a_ledger_run()
    {
        var cli = new Cli();
        cli.Environment["LlmTelemetry__Store"] = "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");
        await Ledger.FillAsync(cli.Environment["LlmTelemetry__Store"], null, Ledger.Call("ada"));
        await using var app = await BudgetedApp.StartAsync(cli.Environment["LlmTelemetry__Store"]);
        string[] examples = [.. Text().Split('\n').Where(line => line.StartsWith("llmtelemetry ", StringComparison.Ordinal))];

        Assert.True(examples.Length >= 10, $"There are {examples.Length} examples.");
        foreach (var example in examples)
        {
            string[] words = [.. example.Split(' ').Skip(1).Select(word => word.Contains("{date}", StringComparison.Ordinal) ? Path.Combine(_folder.FullName, word) : word)];
            Assert.True(Root().Parse(words).Errors.Count == 0, example);
            if (OfALedger.Contains(words[0]) && !words.Contains("--daily"))
            {
                var (exitCode, _, error) = await cli.RunAsync(words);

                // What doctor finds is told on standard output, and another test's matter.
                Assert.True((exitCode is CommandLine.Ok || words[0] == "doctor") && (error.Length == 0 || words[0] is "records" or "export"), $"{example}: {exitCode} {error}");
            }
        }
    }

    private static RootCommand Root() => CommandLine.Root(new CommandContext(_ => null, new ManualTime(), () => Stream.Null, CommandSurroundings.None));

    private static IEnumerable<(string Name, Command Command)> Verbs(Command command, string before) => command.Subcommands
        .SelectMany(verb => (IEnumerable<(string, Command)>)[(before + verb.Name, verb), .. Verbs(verb, before + verb.Name + " ")]);

    private static string Text() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    private static Dictionary<string, string[]> Sections()
    {
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string> lines = [];
        foreach (var line in Text().Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal) || line.StartsWith("### ", StringComparison.Ordinal))
            {
                sections.Add(line.TrimStart('#', ' '), lines = []);
            }

            lines.Add(line);
        }

        return sections.ToDictionary(section => section.Key, section => section.Value.ToArray(), StringComparer.Ordinal);
    }

    private static string[] Options(string[] lines) =>
        [.. lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line[3..].Split(['`', ' '])[0].Trim('<', '>'))];
}
