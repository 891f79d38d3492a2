using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Packaging;

/// <summary>The service as people get it: a .NET tool, and an image of a container.</summary>
public sealed class PackagingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-package-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tool_is_packed_installed_and_run()
    {
        const string Version = "0.0.1-test";
        await DotnetAsync("pack", Service, "-c", "Release", "-o", In("packages"), $"-p:Version={Version}", Artifacts);
        await DotnetAsync("tool", "install", "LlmTelemetry.Service", "--tool-path", In("tools"), "--add-source", In("packages"), "--version", Version);

        var (code, output) = await Tool.RunAsync(In("tools/llmtelemetry"), ["price", "--model", "gpt-4o-mini", "--input", "1000000", "--json"], Token);

        Assert.True(code == 0, output);
        using var price = JsonDocument.Parse(output);
        Assert.Contains("0.15", price.RootElement.ToString());
    }

    [Fact]
    public async Task Image_of_a_container_serves_as_a_user_without_rights()
    {
        using var registry = new LoopbackRegistry();
        await DotnetAsync("publish", Service, "-c", "Release", "-t:PublishContainer", $"-p:ContainerBaseImage={registry.BaseImage}", $"-p:ContainerArchiveOutputPath={In("image.tar")}", Artifacts);
        await TarFile.ExtractToDirectoryAsync(In("image.tar"), Directory.CreateDirectory(In("image")).FullName, overwriteFiles: true, Token);
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(In("image/manifest.json"), Token));
        var image = manifest.RootElement[0];
        using var config = JsonDocument.Parse(await File.ReadAllTextAsync(In("image/" + image.GetProperty("Config").GetString()), Token));
        var run = config.RootElement.GetProperty("config");

        Assert.Contains("llmtelemetry:latest", image.GetProperty("RepoTags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal(["dotnet", "/app/LlmTelemetry.Service.dll"], Texts(run, "Entrypoint"));
        Assert.Equal(["serve", "--urls", "http://0.0.0.0:4320"], Texts(run, "Cmd"));
        Assert.Equal("1654", run.GetProperty("User").GetString());
        Assert.Equal("4320/tcp", Assert.Single(run.GetProperty("ExposedPorts").EnumerateObject()).Name);
        Assert.Contains("LlmTelemetry__Store=sqlite:/data/llmtelemetry.db", Texts(run, "Env"));

        // What is in it, run from where its layer puts it.
        var layer = image.GetProperty("Layers").EnumerateArray().Last().GetString()!;
        await using (var gzip = new GZipStream(File.OpenRead(In("image/" + layer)), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(gzip, Directory.CreateDirectory(In("root")).FullName, overwriteFiles: true, Token);
        }

        var (code, output) = await Tool.RunAsync(Server.Need("dotnet"), [In("root/app/LlmTelemetry.Service.dll"), "price", "--model", "gpt-4o-mini", "--input", "1000000"], Token);
        Assert.True(code == 0 && output.Contains("0.15", StringComparison.Ordinal), output);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Service => Repository.PathOf("src/Service");

    // In a folder of its own: other tests run from what the build made.
    private string Artifacts => "-p:ArtifactsPath=" + In("artifacts");

    private string In(string path) => Path.Combine(_folder.FullName, path);

    private static string[] Texts(JsonElement parent, string name) => [.. parent.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    private static async Task DotnetAsync(params string[] arguments)
    {
        var (code, output) = await Tool.RunAsync(Server.Need("dotnet"), arguments, Token);
        Assert.True(code == 0, output);
    }
}
