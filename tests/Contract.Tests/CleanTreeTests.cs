using System.Diagnostics;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests;

/// <summary>What is committed names no machine, no registry and no secret.</summary>
public sealed partial class CleanTreeTests
{
    private static readonly string[] TextFiles = [".cs", ".csproj", ".props", ".md", ".json", ".yml", ".yaml", ".sh", ".lua", ".sql", ".txt", ".config", ".editorconfig"];

    [Fact]
    public async Task Tracked_files_hold_no_paths_of_a_machine_and_no_keys()
    {
        var offenders = (await TrackedFilesAsync())
            .Where(file => TextFiles.Contains(Path.GetExtension(file)) && File.Exists(Repository.PathOf(file)))
            .Where(file => Forbidden().IsMatch(Repository.Read(file)));
        Assert.Empty(offenders);
    }

    [Theory]
    [InlineData("see /work" + "/main/src")]
    [InlineData("cd /root" + "/.cache")]
    [InlineData("key: sk-ant-" + "api03-abcdefghijklmnopqrstuvwxyz")]
    public void A_path_or_key_is_found(string text) => Assert.Matches(Forbidden(), text);

    private static async Task<string[]> TrackedFilesAsync()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files"]) { RedirectStandardOutput = true, WorkingDirectory = Repository.Root })!;
        var files = await git.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(git.ExitCode != 0, "not a git checkout");
        return files.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"(?<![\w.$}/-])/(?:work|root|home)/[A-Za-z0-9_.]|sk-(?:ant-)?[a-z0-9]+-[A-Za-z0-9]{20,}")]
    private static partial Regex Forbidden();
}
