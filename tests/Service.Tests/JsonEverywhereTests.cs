using System.CommandLine;
using System.Text.Json;
using LlmTelemetry.Service.Tests.Budgets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

/// <summary>Every command answers programs in JSON, people without control codes, and shows examples that are right.</summary>
public sealed class JsonEverywhereTests : IDisposable
{
    // Services run until they are told to stop: they answer nothing.
    private static readonly string[] WithoutAnswer = ["serve"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-json-");
    private readonly PriceFolder _prices = new();
    private readonly Cli _cli = new();

    public static TheoryData<string> Verbs => [.. Leaves(Root(), "").Select(leaf => leaf.Name).Except(WithoutAnswer)];

    private string Store => _cli.Environment["LlmTelemetry__Store"];

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _prices.Dispose();
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Verb_answers_in_json_and_without_control_codes(string verb)
    {
        await FillAsync();
        await using var app = await BudgetedApp.StartAsync(Store);
        var arguments = Line(verb);

        var (code, json, error) = await _cli.RunAsync([.. arguments, "--json"]);

        Assert.True(code is 0 || (verb is "prices diff" or "doctor" && code == 1), $"{verb}: {code} {error}");
        using var parsed = JsonDocument.Parse(json);
        Assert.NotEqual(JsonValueKind.Undefined, parsed.RootElement.ValueKind);
        var (_, text, told) = await _cli.RunAsync(arguments);
        Assert.NotEmpty(text);
        Assert.DoesNotContain('\u001b', text + told + json);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Json_and_another_format_contradict_each_other(string verb)
    {
        var leaf = Leaves(Root(), "").Single(known => known.Name == verb).Command;
        var other = leaf.Options.OfType<FormatOption>().Single().Description!.Split(',', ' ', '.').First(word => word != "json");

        var (code, _, error) = await _cli.RunAsync([.. Line(verb), "--json", "--format", other]);

        Assert.Equal(CommandLine.BadArguments, code);
        Assert.Contains($"--json is --format json, and --format {other} was said too.", error);
    }

    [Fact]
    public async Task Help_of_every_command_shows_examples_that_are_right()
    {
        foreach (var (name, command) in Leaves(Root(), ""))
        {
            var examples = Examples.Of(command).ToArray();
            Assert.True(examples.Length > 0, $"{name} has no example.");
            foreach (var example in examples)
            {
                // What stands behind > is the shell's.
                Assert.True(Root().Parse([.. example.Split(" > ")[0].Split(' ')[1..]], new() { ResponseFileTokenReplacer = null }).Errors.Count == 0, example);
            }

            var (code, help, _) = await _cli.RunAsync([.. name.Split(' '), "--help"]);
            Assert.Equal(0, code);
            Assert.All(examples, example => Assert.Contains(example, help));
        }

        Assert.Contains("llmtelemetry budget set daily 5", (await _cli.RunAsync("budget", "--help")).Output);
        Assert.DoesNotContain("llmtelemetry report", (await _cli.RunAsync("budget", "--help")).Output);
    }

    [Fact]
    public async Task What_was_done_is_told_in_json()
    {
        await FillAsync();
        await using var app = await BudgetedApp.StartAsync(Store);
        var erased = await ReadAsync("erase", "--user", "ada", "--yes", "--json");
        Assert.Equal(("ada", 1L), (erased.GetProperty("user").GetString(), erased.GetProperty("records").GetInt64()));
        Assert.True(erased.GetProperty("rows").GetInt64() > 0);

        var set = await ReadAsync("budget", "set", "daily", "0.5", "--subject", "ada", "--json");
        Assert.Equal(("daily", "ada", 0.5m), (set.GetProperty("limit").GetString(), set.GetProperty("subject").GetString(), set.GetProperty("amount").GetDecimal()));
        Assert.Equal(JsonValueKind.Null, (await ReadAsync("budget", "set", "daily", "unlimited", "--json")).GetProperty("amount").ValueKind);
        Assert.Equal(JsonValueKind.Null, (await ReadAsync("budget", "unset", "daily", "--json")).GetProperty("subject").ValueKind);

        var imported = await ReadAsync("import", Path.Combine(_folder.FullName, "calls.jsonl"), "--book", "--json");
        Assert.Equal((1L, 1L), (imported.GetProperty("read").GetInt64(), imported.GetProperty("read").GetInt64() - imported.GetProperty("added").GetInt64()));
        Assert.Equal("2026-10-01", (await ReadAsync("prune", "--before", "2026-10-01", "--yes", "--json")).GetProperty("before").GetString());
        Assert.Equal(1, (await ReadAsync("clear", "--yes", "--json")).GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task Prices_that_fail_the_check_are_told_in_json()
    {
        var file = await WriteAsync("wrong.json", "{");

        var (code, output, _) = await _cli.RunAsync("prices", "check", file, "--json");

        Assert.Equal(1, code);
        using var json = JsonDocument.Parse(output);
        Assert.False(json.RootElement.GetProperty("fine").GetBoolean());
        Assert.NotEmpty(json.RootElement.GetProperty("error").GetString()!);
    }

    private async Task FillAsync()
    {
        _cli.Environment["LlmTelemetry__Store"] = "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"), Ledger.Call("bob"));
        var (_, lines, _) = await _cli.RunAsync("records", "--where", "user=bob", "--format", "jsonl");
        await WriteAsync("calls.jsonl", lines);
        _prices.Write("prices.json", """{ "id": "m1", "match": ["m1"], "prices": [{ "input": 1, "output": 2 }] }""");
    }

    private async Task<string> WriteAsync(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        return path;
    }

    private async Task<JsonElement> ReadAsync(params string[] arguments)
    {
        var (code, output, error) = await _cli.RunAsync(arguments);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    private string[] Line(string verb)
    {
        string In(string name) => Path.Combine(_folder.FullName, name);
        return verb switch
        {
            "top" => ["top", "user"],
            "reprice" => ["reprice", "--list"],
            "import" => ["import", In("calls.jsonl")],
            "price" => ["price", "--model", "gpt-4o", "--input", "1000"],
            "prices check" => ["prices", "check", _prices.PathOf("prices.json"), "--allow", "*"],
            "prices diff" => ["prices", "diff", _prices.PathOf("prices.json"), _prices.PathOf("prices.json")],
            "prices update" => ["prices", "update", "--from", _prices.PathOf("prices.json"), "--output", _prices.PathOf("new.json"), "--force"],
            "budget show" => ["budget", "show", "--user", "ada"],
            "budget set" => ["budget", "set", "daily", "5"],
            "budget unset" => ["budget", "unset", "daily"],
            "budget reset" => ["budget", "reset", "all", "--yes"],
            "erase" => ["erase", "--user", "ada", "--yes"],
            "prune" => ["prune", "--before", "2026-10-01", "--yes"],
            "clear" => ["clear", "--yes"],
            _ => verb.Split(' '),
        };
    }

    private static RootCommand Root() => CommandLine.Root(new CommandContext(_ => null, new ManualTime(), () => Stream.Null, CommandSurroundings.None));

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command, string before) => command.Subcommands.SelectMany(verb => verb.Subcommands.Count == 0
        ? [(before + verb.Name, verb)]
        : Leaves(verb, before + verb.Name + " "));
}
