using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>With an npm that hands out a package made here, as <c>npm pack</c> does.</summary>
public sealed class PricesNpmTests : IDisposable
{
    private const string Manifest = """{"name": "prices", "version": "1.0.0"}""";

    private readonly Cli _cli = new();
    private readonly PriceFolder _folder = new();

    public PricesNpmTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The npm of this test is a shell script.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Package_with_a_list_in_JSON_becomes_a_price_file()
    {
        Pack(("package/package.json", Manifest), ("package/small.json", """[{"id": "x", "models": []}]"""), ("package/data.json", await FeedAsync()));
        var (exitCode, output, error) = await UpdateAsync();

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("@acme/prices: genai-prices, 28 models", output, StringComparison.Ordinal);
        Assert.True(PriceBook.Load(_folder.PathOf("prices.json")).Knows("openai", "gpt-4.1"));
        Assert.Equal("pack --loglevel=error --ignore-scripts -- @acme/prices", (await File.ReadAllTextAsync(_folder.PathOf("arguments"), TestContext.Current.CancellationToken)).Trim());
    }

    [Fact]
    public async Task Package_with_its_list_inside_a_script_becomes_a_price_file()
    {
        const string Script = """
            import x from "y"; /* [{id: not this}] */
            const bad = [{ id: call() }], E = [
              { id: /* ours */ "acme", // and only ours
                name: 'Acme "A"', api_pattern: "https://acme\\.example", extractors: [{ required: !0, path: ["a", `b`] }],
                models: [{ id: "m", match: { equals: "m" }, prices: { input_mtok: .5, output_mtok: 1e1, }, note: "caf\u00e9\x21\n", gone: undefined, no: !1 }], },
            ], J = { id: 1 };
            export { E };
            """;
        Pack(("package/package.json", Manifest), ("package/dist/index.js", Script));
        var (exitCode, output, error) = await UpdateAsync();

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(0.5m, PriceProbe.Price(PriceBook.Load(_folder.PathOf("prices.json")), "acme", "m", UsageBucket.Input, default));
        Assert.Equal(10m, PriceProbe.Price(PriceBook.Load(_folder.PathOf("prices.json")), "acme", "m", UsageBucket.Output, default));
    }

    [Fact]
    public async Task Package_without_prices_is_told()
    {
        Pack(("package/package.json", Manifest), ("package/index.js", "export default [{ id: 1 }, run()]"));
        var (exitCode, _, error) = await UpdateAsync();

        Assert.Equal("llmtelemetry: @acme/prices: the package holds no list of prices in a format that is known\n", error);
        Assert.Equal(2, exitCode);
        Assert.False(File.Exists(_folder.PathOf("prices.json")));
    }

    [Fact]
    public async Task What_npm_says_when_it_fails_is_told()
    {
        Npm("echo 'npm error code E404' >&2; echo 'npm error 404 Not Found' >&2; exit 1");
        var (exitCode, _, error) = await UpdateAsync();

        Assert.Equal("llmtelemetry: npm pack @acme/prices failed with exit code 1: npm error code E404; npm error 404 Not Found\n", error);
        Assert.Equal(2, exitCode);
    }

    [Theory]
    [InlineData("true", "made no package")]
    [InlineData("echo no > prices-1.0.0.tgz", "the package cannot be unpacked")]
    public async Task Package_that_is_none_is_told(string script, string message)
    {
        Npm(script);
        var (exitCode, _, error) = await UpdateAsync();

        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    // Of 150 kilobytes: what the archive says of itself would be taken into memory as a whole.
    [Theory]
    [InlineData(TarEntryType.RegularFile)]
    [InlineData(TarEntryType.ExtendedAttributes)]
    public async Task Package_that_unpacks_to_too_much_is_told(TarEntryType type)
    {
        using (var zipped = new GZipStream(File.Create(_folder.PathOf("packed")), CompressionLevel.Fastest))
        {
            zipped.Write(Header(type, 1L << 31));
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 130; i++)
            {
                zipped.Write(zeros);
            }
        }

        Npm($"cp '{_folder.PathOf("packed")}' prices-1.0.0.tgz");
        var (exitCode, _, error) = await UpdateAsync();

        Assert.Equal("llmtelemetry: @acme/prices: the package cannot be unpacked: it is too large to be a list of prices\n", error);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task Without_npm_the_other_way_is_told()
    {
        _cli.Environment["PATH"] = _folder.FullName;
        var (exitCode, _, error) = await UpdateAsync();

        Assert.Equal("llmtelemetry: npm is not on the PATH: install Node.js, or read a file with --from.\n", error);
        Assert.Equal(2, exitCode);
    }

    private static Task<string> FeedAsync() => File.ReadAllTextAsync(PriceFolder.Feed("genai-prices"), TestContext.Current.CancellationToken);

    private Task<(int ExitCode, string Output, string Error)> UpdateAsync() => _cli.RunAsync("prices", "update", "--npm", "@acme/prices", "--output", _folder.PathOf("prices.json"));

    // That of a file without content, made to say another size and type.
    private static byte[] Header(TarEntryType type, long size)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "package/data.json"));
        }

        var header = archive.ToArray()[..512];
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(header, 124);
        header[156] = (byte)type;
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }

    private void Pack(params (string Name, string Text)[] files)
    {
        using (var zipped = new GZipStream(File.Create(_folder.PathOf("packed")), CompressionLevel.Fastest))
        using (var tar = new TarWriter(zipped))
        {
            foreach (var (name, text) in files)
            {
                using var data = new MemoryStream(Encoding.UTF8.GetBytes(text));
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
            }
        }

        Npm($"echo \"$@\" > '{_folder.PathOf("arguments")}'; cp '{_folder.PathOf("packed")}' prices-1.0.0.tgz; echo prices-1.0.0.tgz");
    }

    private void Npm(string script)
    {
        var npm = _folder.WriteText("npm", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(npm, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _cli.Environment["PATH"] = $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
    }
}
