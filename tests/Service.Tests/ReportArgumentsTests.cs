namespace LlmTelemetry.Service.Tests;

public sealed class ReportArgumentsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("'usr' is not a dimension: use provider, model, user, tenant, feature, conversation, session, tier, operation, client, environment, outcome, quality, price_version, day, tag:NAME.", "--by", "usr")]
    [InlineData("'' is not a dimension", "--by", "user,")]
    [InlineData("'tag:' is not a dimension", "--by", "tag:")]
    [InlineData("There are two filters for tag:plan.", "--where", "tag:plan=a", "--where", "tag:plan=b")]
    [InlineData("'3' is not a dimension", "--by", "3")]
    [InlineData("'2026-11-31' is not a day: write it as 2026-11-01.", "--from", "2026-11-31")]
    [InlineData("'1.11.2026' is not a day", "--to", "1.11.2026")]
    [InlineData("The first day, 2026-11-30, is after the last, 2026-11-01.", "--from", "2026-11-30", "--to", "2026-11-01")]
    [InlineData("--from", "--from")]
    [InlineData("xml", "--format", "xml")]
    [InlineData("'user' is not a filter: write it as user=ada.", "--where", "user")]
    [InlineData("There are two filters for user.", "--where", "user=a", "--where", "user=b")]
    [InlineData("Days are chosen with --from and --to, or --today, --month, --year and --last.", "--where", "day=2026-11-01")]
    [InlineData("'Mars/Olympus' is not a time zone", "--time-zone", "Mars/Olympus")]
    [InlineData("scheme", "--store", "mysql:x")]
    [InlineData("'--bye' is not known here", "--bye")]
    public async Task A_bad_argument_is_refused_with_exit_code_2_in_one_line_that_says_what_is_right(string message, params string[] arguments)
    {
        _cli.Environment["LlmTelemetry__Store"] = "sqlite::memory:";

        var (exitCode, output, error) = await _cli.RunAsync(["report", .. arguments]);

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.StartsWith("llmtelemetry: ", error);
        Assert.Contains(message, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData]
    [InlineData("reprot")]
    public async Task Without_a_known_command_it_says_so(params string[] arguments)
    {
        var (exitCode, _, error) = await _cli.RunAsync(arguments);

        Assert.Equal(2, exitCode);
        Assert.Contains("--help", error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("report", "--help")]
    [InlineData("report", "--by", "nonsense", "-h")]
    public async Task Help_has_examples(params string[] arguments)
    {
        var (exitCode, output, error) = await _cli.RunAsync(arguments);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("llmtelemetry report --by user --from 2026-11-01 --to 2026-11-30", output);
    }

    [Fact]
    public async Task A_missing_file_is_named_and_not_made()
    {
        var file = Path.Combine(_folder.FullName, "no.db");

        var (exitCode, output, error) = await _cli.RunAsync("report", "--store", "sqlite:" + file);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal($"llmtelemetry: There is no file {file}: nothing was recorded there yet.\n", error);
        Assert.Empty(_folder.GetFiles());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("Dear diary, today I spent nothing. This is longer than a hundred bytes so that it is not taken for a file that was cut off.", "not a SQLite database")]
    public async Task A_file_that_is_no_ledger_is_refused_and_left_alone(string content, string why)
    {
        var file = Path.Combine(_folder.FullName, "diary.txt");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);

        var (exitCode, _, error) = await _cli.RunAsync("report", "--store", "sqlite:" + file);

        Assert.Equal(1, exitCode);
        Assert.Contains(why, error);
        Assert.Equal(content, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }
}
