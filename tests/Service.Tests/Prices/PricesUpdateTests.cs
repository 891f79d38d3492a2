using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

public sealed class PricesUpdateTests : IDisposable
{
    private readonly Cli _cli = new();
    private readonly PriceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("litellm", 30)]
    [InlineData("models-dev", 24)]
    [InlineData("genai-prices", 28)]
    public async Task Feed_becomes_a_price_file_of_today(string feed, int models)
    {
        var file = _folder.PathOf("prices.json");
        var (exitCode, output, error) = await _cli.RunAsync("prices", "update", "--from", PriceFolder.Feed(feed), "--output", file);

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(_cli.Today, PriceBook.Load(file).Date);
        Assert.Equal(models, PriceRows.Read(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).Count);
        Assert.Equal(["prices.json"], _folder.Files);
    }

    [Fact]
    public async Task Price_file_is_taken_as_it_is_and_the_changes_are_shown()
    {
        var file = _folder.Write("prices.json", Model(1));
        var update = _folder.Write("update.json", Model(2));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "update", "--from", update, "--output", file);

        Assert.Contains("+100", output, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(update, TestContext.Current.CancellationToken), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Update_that_fails_the_check_is_not_written_unless_it_is_allowed()
    {
        var file = _folder.Write("prices.json", Model(1));
        var before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var update = _folder.Write("update.json", Model(20));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "update", "--from", update, "--output", file);

        Assert.Contains("error: line 10: acme/m: input costs 20, and 1 in ", output, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Equal(before, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        Assert.Equal(0, (await _cli.RunAsync("prices", "update", "--from", update, "--output", file, "--allow", "acme/m")).ExitCode);
        Assert.NotEqual(before, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Entries_of_ones_own_that_the_update_does_not_have_are_named_at_the_end()
    {
        var file = _folder.Write("prices.json", Model(1), Model(1).Replace("\"m\"", "\"own\"", StringComparison.Ordinal));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "update", "--from", _folder.Write("update.json", Model(1)), "--output", file);

        Assert.Equal(0, exitCode);
        Assert.EndsWith(" No longer in it: acme/own.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_that_lost_most_models_is_not_written_unless_it_is_forced()
    {
        string[] three = [.. "abc".Select(id => $$"""{"id": "{{id}}", "match": ["{{id}}"], "prices": [{"input": 1}]}""")];
        var (file, one, two) = (_folder.Write("prices.json", three), _folder.Write("one.json", three[0]), _folder.Write("two.json", three[..2]));
        var (exitCode, output, _) = await UpdateAsync(one);

        Assert.Contains("error: 3 models before and 1 now: is the list whole?\n", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Equal(0, (await UpdateAsync(two)).ExitCode);
        Assert.True(PriceBook.Load(file).Knows("acme", "b"));

        File.Copy(_folder.Write("three.json", three), file, overwrite: true);
        Assert.Equal(0, (await UpdateAsync(one, "--force")).ExitCode);
        Assert.False(PriceBook.Load(file).Knows("acme", "b"));

        Task<(int ExitCode, string Output, string Error)> UpdateAsync(string from, params string[] more) => _cli.RunAsync(["prices", "update", "--from", from, "--output", file, .. more]);
    }

    [Fact]
    public async Task Force_writes_what_fails_the_check()
    {
        var file = _folder.Write("prices.json", Model(1));
        var (exitCode, _, _) = await _cli.RunAsync("prices", "update", "--from", _folder.Write("update.json", Model(20)), "--output", file, "--force");

        Assert.Equal(20, PriceProbe.Price(PriceBook.Load(file), "acme", "m", UsageBucket.Input, default));
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"schema": 1}""")]
    [InlineData("""{"m": {"litellm_provider": "acme"}}""")]
    public async Task Bad_input_leaves_the_output_as_it_is(string text)
    {
        var file = _folder.Write("prices.json", Model(1));
        var before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var (exitCode, _, error) = await _cli.RunAsync("prices", "update", "--from", _folder.WriteText("bad.json", text), "--output", file, "--force");

        Assert.Contains("bad.json", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
        Assert.Equal(before, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(["bad.json", "prices.json"], _folder.Files);
    }

    [Fact]
    public async Task Output_that_is_no_price_file_is_not_replaced()
    {
        var file = _folder.WriteText("notes.txt", "mine");
        var (exitCode, _, error) = await _cli.RunAsync("prices", "update", "--from", _folder.Write("update.json", Model(1)), "--output", file, "--force");

        Assert.Contains("notes.txt", error, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Link_stays_a_link_and_rights_stay_as_they_are()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Links and modes of Unix.");
            return;
        }

        var (target, link) = (_folder.Write("target.json", Model(1)), _folder.PathOf("link.json"));
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(link, target);
        await _cli.RunAsync("prices", "update", "--from", _folder.Write("update.json", Model(2)), "--output", link);

        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.Equal(2, PriceProbe.Price(PriceBook.Load(target), "acme", "m", UsageBucket.Input, default));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(target));
    }

    [Theory]
    [InlineData("--output", "x.json")]
    [InlineData("--output", "x.json", "--from", "a.json", "--npm", "b")]
    [InlineData("--output", "x.json", "--npm", "--help-me")]
    [InlineData("--output", "x.json", "--npm", "a b")]
    [InlineData("--from", "a.json")]
    public async Task Wrong_arguments_are_told_in_one_line(params string[] arguments)
    {
        var (exitCode, _, error) = await _cli.RunAsync(["prices", "update", .. arguments]);

        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, exitCode);
    }

    private static string Model(int usd) => $$"""{"id": "m", "match": ["m"], "prices": [{"input": {{usd}}}]}""";
}
